"""A file from memory over HTTP, or the part of it that is asked for (RFC 9110, section 14)."""

from aiohttp import web


def reply_with(request: web.Request, content: bytes, content_type: str) -> web.Response:
    """The answer to a GET for `content`.

    Raises:
        web.HTTPRequestRangeNotSatisfiable: there is no such part.
    """
    headers = {"Accept-Ranges": "bytes"}
    try:
        asked = request.http_range
    except ValueError:
        asked = slice(len(content), None)
    first, end, _ = asked.indices(len(content))
    if asked.start is None and asked.stop is None:
        return web.Response(body=content, content_type=content_type, headers=headers)
    if first >= end:
        headers["Content-Range"] = f"bytes */{len(content)}"
        raise web.HTTPRequestRangeNotSatisfiable(headers=headers)
    headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(content)}"
    return web.Response(status=206, body=content[first:end], content_type=content_type, headers=headers)

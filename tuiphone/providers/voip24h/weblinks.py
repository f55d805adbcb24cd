"""Links to recordings as they have to be for us to follow them (PROTOCOL.md section 5); pure."""

# pyright: strict

from urllib.parse import urlsplit, urlunsplit

from tuiphone.providers.links import is_loopback


def mended(link: str, base: str) -> str:
    """The link, which leads to the base's host where it leads to `localhost` and the base does not: a server that was
    never told its own name says so, as the ones in the vendor's document do."""
    parts, ours = urlsplit(link), urlsplit(base)
    if not is_loopback(parts.hostname or "") or is_loopback(ours.hostname or ""):
        return link
    # What stands behind the host is opaque, and stays as it is.
    return urlunsplit((ours.scheme, ours.netloc, parts.path, parts.query, parts.fragment))

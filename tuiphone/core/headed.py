"""Messages of header lines and a body, as SIP writes them (RFC 3261 section 7): whom they name, what they say."""

import re
from collections.abc import Iterator

_HEADED = re.compile(r"(?:SIP/2\.0 [1-6][0-9]{2}\b|[A-Z]{3,16} [^\s]+ SIP/2\.0\b)")
_PERSON = re.compile(
    r"(?im)^(?:from|f|to|t|refer-to|r|referred-by|b|reply-to|p-asserted-identity|p-preferred-identity|diversion"
    r"|remote-party-id|contact|m)[ \t]*:[ \t]*(.*)$"
)
_SHOWN = re.compile(r'"((?:[^"\\]|\\.){1,200})"|^[ \t]*([^"<>:;,]{1,200}?)[ \t]*<')
_USER = re.compile(r"(?i)\b(?:sips?:([^\s@<>:;]{1,100})(?::[^\s@<>]*)?@|tel:([^\s<>;]{1,100}))")
_SUBJECT = re.compile(r"(?im)^((?:subject|s)[ \t]*:[ \t]*)([^\r\n]+)")
_KIND = re.compile(r"(?im)^(?:content-type|c)[ \t]*:[ \t]*([^\s;]+)")
_NOTE = re.compile(r"(?is)(<(?:[\w-]+:)?note\b[^>]*>)(.*?)(</|\Z)")
_DISPLAY = re.compile(r"(?is)(\bdisplay[ \t\r\n]*=[ \t\r\n]*)(\"[^\"]*\"?|'[^']*'?)")
_END_OF_HEADERS = re.compile(r"\r?\n\r?\n")


def people(text: str) -> Iterator[str]:
    """Names and users in the fields that say who is who; nothing of another kind of text."""
    if _HEADED.match(text):
        for field in _PERSON.finditer(_END_OF_HEADERS.split(text, 1)[0]):
            for pattern in (_SHOWN, _USER):
                for found in pattern.finditer(field[1]):
                    yield found[1] or found[2]


def unsaid(text: str) -> str:
    """The text with the length of what somebody said in the place of it: subject, message, note, shown name."""
    if not _HEADED.match(text):
        return text
    gap = _END_OF_HEADERS.search(text)
    headers, between, body = (text, "", "") if gap is None else (text[: gap.start()], gap[0], text[gap.end() :])
    kind = _KIND.search(headers)
    if body and (kind is None or kind[1].lower().startswith(("text/", "message/cpim", "multipart/"))):
        body = _length(body)
    body = _NOTE.sub(lambda found: f"{found[1]}{_length(found[2])}{found[3]}", body)
    body = _DISPLAY.sub(lambda found: f'{found[1]}"{_length(found[2])}"', body)
    return _SUBJECT.sub(lambda found: found[1] + _length(found[2]), headers) + between + body


def _length(text: str) -> str:
    return f"({len(text)} characters)"

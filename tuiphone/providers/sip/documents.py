"""XML bodies as servers send them: small, without entities, element names without their namespaces."""

# pyright: strict

from collections.abc import Iterator
from typing import Protocol

from tuiphone.core.errors import BadFrame

MAX_DOCUMENT = 48 * 1024
MAX_ELEMENTS = 2000
MAX_TEXT = 300


class Element(Protocol):
    """What is read of an element of ElementTree."""

    tag: str
    text: str | None

    def get(self, key: str) -> str | None:
        """The value of an attribute."""
        ...

    def __iter__(self) -> Iterator["Element"]: ...


def read(body: bytes, root: str) -> Element:
    """The document in this body, whose outermost element has this name.

    Raises: BadFrame, for what is no such document, is too large or declares entities
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(body) > MAX_DOCUMENT:
        raise BadFrame("An XML document is too large.")
    if body.count(b"<") > 2 * MAX_ELEMENTS:
        raise BadFrame("An XML document has too many elements.")
    try:
        found: Element = fromstring(body.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise BadFrame("An XML document cannot be read.") from error
    if name_of(found) != root:
        raise BadFrame(f"An XML document is not of the kind {root}.")
    return found


def name_of(element: Element) -> str:
    """The element's name without its namespace, which not every server writes as the RFCs have it."""
    return element.tag.rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """The elements of this name right inside this one."""
    return (child for child in element if name_of(child) == name)


def child(element: Element | None, *path: str) -> Element | None:
    """The first element along these names."""
    for name in path:
        element = None if element is None else next(children(element, name), None)
    return element


def text_of(element: Element | None) -> str | None:
    """The element's text in one line that can be shown; None for an empty one."""
    if element is None or not element.text:
        return None
    return tidy(element.text)


def tidy(text: str) -> str | None:
    """Text of the network in one line, cut to a sane length; None when nothing is left of it."""
    kept = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * MAX_TEXT]).split())
    return kept[:MAX_TEXT] or None

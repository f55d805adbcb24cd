"""Payload types and header extensions keep the numbers they were negotiated with.

In each new offer aiortc begins again with its own. The far side may have given those to something else by now, and a
browser then refuses the whole offer.
"""

import re

from tuiphone.media.sdp import Codec, Section, Session, parse


def kept(block: list[str], negotiated: Section | None, far: Session) -> list[str]:
    """A section of our offer by the numbers of the last exchange, `far`, in which it was `negotiated`, or not yet.

    What was not used then stays only if its number is free.
    """
    extensions = {uri: number for section in far.sections for number, uri in section.extensions}
    ours = parse("\r\n".join(["v=0", *block])).sections[0].codecs
    numbers = _numbers(ours, negotiated.codecs if negotiated is not None else ())
    taken = {text for section in far.sections for text in section.formats}
    for codec in ours:
        apt = codec.parameter("apt")
        if str(codec.payload_type) not in taken and (apt is None or numbers.get(int(apt)) == int(apt)):
            numbers.setdefault(codec.payload_type, codec.payload_type)
    lines = [found for line in block if (found := _extension(line, extensions)) is not None]
    return [found for line in lines if (found := _codec(line, numbers)) is not None]


def _extension(line: str, extensions: dict[str, int]) -> str | None:
    name, _, uri = line.partition(" ")
    if not name.startswith("a=extmap:") or not extensions:
        return line
    return f"a=extmap:{extensions[uri]} {uri}" if uri in extensions else None


def _numbers(ours: tuple[Codec, ...], theirs: tuple[Codec, ...]) -> dict[int, int]:
    """Their payload type for each of ours that they know."""
    numbers: dict[int, int] = {}
    for own in ours:  # retransmissions come last
        for far in theirs:
            if (
                own.payload_type not in numbers
                and far.payload_type not in numbers.values()
                and _same(own, far, numbers)
            ):
                numbers[own.payload_type] = far.payload_type
    return numbers


def _same(own: Codec, far: Codec, numbers: dict[int, int]) -> bool:
    match own.name.lower():
        case name if name != far.name.lower():
            return False
        case "rtx":
            return far.parameter("apt") == str(numbers.get(int(own.parameter("apt") or -1)))
        case "h264":
            return _h264(own) == _h264(far)
        case _:
            return True


def _h264(codec: Codec) -> tuple[str, str]:
    """Profile without level, and packetization mode."""
    profile = codec.parameter("profile-level-id") or "42e01f"
    return profile[:4].lower(), codec.parameter("packetization-mode") or "0"


def _codec(line: str, numbers: dict[int, int]) -> str | None:
    if line.startswith("m="):
        kind, port, protocol, *formats = line.split(" ")
        return " ".join([kind, port, protocol, *(str(numbers[int(f)]) for f in formats if int(f) in numbers)])
    found = re.match(r"a=(rtpmap|fmtp|rtcp-fb):([0-9]+) ", line)
    if found is None:
        return line
    if int(found[2]) not in numbers:
        return None
    line = f"a={found[1]}:{numbers[int(found[2])]} {line[found.end() :]}"
    return re.sub(r"\bapt=([0-9]+)", lambda apt: f"apt={numbers[int(apt[1])]}", line)

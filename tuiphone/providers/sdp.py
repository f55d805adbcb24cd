"""The few things a signalling client wants to know of a session description; the media engine knows the rest."""

import re
from dataclasses import replace

from tuiphone.core.ports import Description

_FAR_FIRST = {"relay": 0, "srflx": 1, "host": 2}
DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


def direction(sdp: str, kind: str) -> str | None:
    """The direction of the first section of this kind (`audio`, `video`) that is not rejected; None without one."""
    found: str | None = None
    default, in_sections = "sendrecv", False
    for line in sdp.splitlines():
        if line.startswith("m="):
            if found is not None:
                return found
            in_sections = True
            words = line[2:].split()
            if len(words) >= 2 and words[0] == kind and words[1].split("/")[0] != "0":
                found = default
        elif line.startswith("a=") and (said := line[2:].strip()) in DIRECTIONS:
            # Before the first m-line it is the default of all sections (RFC 8866 section 6.7).
            if not in_sections:
                default = said
            elif found is not None:
                found = said
    return found


def holds(sdp: str) -> bool:
    """Its writer does not want to hear us."""
    return direction(sdp, "audio") in ("sendonly", "inactive")


def sends_video(sdp: str) -> bool:
    """Its writer may send a picture."""
    return direction(sdp, "video") in ("sendrecv", "sendonly")


def with_candidates(description: Description) -> str:
    """The description with its candidates at the end of their m-sections, for wires that carry both in one text."""
    head, *sections = re.split(r"(?m)^(?=m=)", description.sdp)
    mids = [match[1] if (match := re.search(r"(?m)^a=mid:(\S+)", section)) else None for section in sections]
    lines: list[list[str]] = [[] for _ in sections]
    for candidate in description.candidates:
        index = mids.index(candidate.mid) if candidate.mid in mids and candidate.mid is not None else candidate.line
        if index is not None and 0 <= index < len(lines):
            lines[index].append(f"a={candidate.text}\r\n")
    ended = (section if section.endswith("\n") else f"{section}\r\n" for section in sections)
    return head + "".join(section + "".join(added) for section, added in zip(ended, lines, strict=True))


def complete(description: Description) -> str:
    """The description for a wire that knows no trickling: all candidates inside, an end mark, real addresses.

    Without them an address of nowhere would say that the addresses follow (RFC 8840 section 4.1), which a peer that
    does not know of that takes for a hold.
    """
    told = description.gathered or description.candidates
    head, *sections = re.split(r"(?m)^(?=m=)", with_candidates(replace(description, candidates=told)))
    return _untrickled(head) + "".join(_addressed(_untrickled(section)) for section in sections)


def _untrickled(text: str) -> str:
    return re.sub(r"(?m)^a=ice-options:trickle\r?\n", "", text)


def _addressed(section: str) -> str:
    """Its default candidate (RFC 8839 section 4.2.1.2) where the address stands, unless it is refused or has none."""
    found = [line.split() for line in section.splitlines() if line.startswith("a=candidate:")]
    usable = [words for words in found if len(words) > 7 and words[1] == "1" and words[2].lower() == "udp"]
    if not usable or re.match(r"m=\S+ 0[ /]", section):
        return section
    # As far from us as there is one: it is reached without ICE too, if at all.
    words = min(usable, key=lambda words: (_FAR_FIRST.get(words[7], 3), ":" in words[4]))
    address = f"IN IP{6 if ':' in words[4] else 4} {words[4]}"
    section = re.sub(r"^(m=\S+ )[0-9]+", rf"\g<1>{words[5]}", section)
    section = re.sub(r"(?m)^c=[^\r\n]*", f"c={address}", section)
    section = re.sub(r"(?m)^a=rtcp:[^\r\n]*", f"a=rtcp:{words[5]} {address}", section)
    return f"{section}a=end-of-candidates\r\n"


def refuse(sdp: str, kind: str) -> str:
    """The far side's description as if it had not asked for sections of this kind: their port is 0."""
    # Some writers end their lines with a bare carriage return.
    sections = re.split(r"(?<=[\r\n])(?=m=)", sdp)
    for index, section in enumerate(sections):
        if section.startswith(f"m={kind} "):
            # A section that is only in the bundle has port 0 and is not refused by it (RFC 8843 section 6).
            bare = re.sub(r"(?<=[\r\n])a=bundle-only\s*", "", section)
            sections[index] = re.sub(r"^(m=\S+ )[0-9]+(?:/[0-9]+)?", r"\g<1>0", bare)
    return "".join(sections)

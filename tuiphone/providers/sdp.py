"""The few things a signalling client wants to know of a session description; the media engine knows the rest."""

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

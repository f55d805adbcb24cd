"""Descriptions as some peers really send them, made from ordinary ones."""

import re
from collections.abc import Callable

_KEPT_WHEN_REFUSED = ("m=", "a=mid:", "c=")


def without_mids(sdp: str) -> str:
    """No mid and no bundle, as Asterisk and FreeSWITCH may answer."""
    return _without(sdp, "a=mid:", "a=group:BUNDLE", "a=msid-semantic", "a=extmap:")


def without_mux(sdp: str) -> str:
    """No rtcp-mux."""
    return _without(sdp, "a=rtcp-mux")


def fewer_lines(sdp: str) -> str:
    """Only the sound's section, whatever was offered."""
    kept = [one for one in _sections(sdp) if not one.startswith("m=video")]
    return re.sub(r"(a=group:BUNDLE \S+)[^\r\n]*", r"\1", "".join(kept))


def picture_refused(sdp: str) -> str:
    """The picture's port is 0 (RFC 3264, section 6)."""

    def refused(section: str) -> str:
        lines = [line for line in section.splitlines() if line.startswith(_KEPT_WHEN_REFUSED)]
        lines[0] = re.sub(r"^m=video \d+", "m=video 0", lines[0])
        return "\r\n".join([*lines, "a=inactive", ""])

    changed = "".join(refused(one) if one.startswith("m=video") else one for one in _sections(sdp))
    return re.sub(r"(a=group:BUNDLE \S+)[^\r\n]*", r"\1", changed)


def plain(sdp: str) -> str:
    """Sound that is neither encrypted nor looks for a way: a telephone's, and no browser can take it."""
    sdp = sdp.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")
    return _without(sdp, "a=fingerprint:", "a=setup:", "a=ice-", "a=candidate:", "a=end-of-candidates", "a=rtcp-mux")


def _sections(sdp: str) -> list[str]:
    return re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)


def _without(sdp: str, *starts: str) -> str:
    return "\r\n".join([*(line for line in sdp.splitlines() if not line.startswith(starts)), ""])


PAPER = "\r\n".join(
    [
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 127.0.0.1", "a=mid:0", "a=rtpmap:111 opus/48000/2", "a=rtcp-mux", "a=setup:active", "a=sendrecv",
        "a=ice-ufrag:none", f"a=ice-pwd:{'x' * 22}", f"a=fingerprint:sha-256 {':'.join(['00'] * 32)}", "",
    ]
)  # fmt: skip
"""The answer of nobody."""

MUNGES: dict[str, Callable[[str], str]] = {
    "odd-mid": without_mids,
    "odd-mux": without_mux,
    "odd-lines": fewer_lines,
    "odd-video": picture_refused,
    "odd-plain": plain,
    "odd-junk": lambda sdp: "v=0\r\nthis is no description\r\n",
    "odd-none": lambda sdp: "",
}

"""The m-lines of one connection, as both sides count them and as aiortc may see them.

aiortc can neither refuse a line nor see one refused, and insists on a=mid. So it is shown only the lines it can
handle, always with a mid; the others are put back, with port 0, where they belong.
"""

import itertools
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.ports import Candidate
from tuiphone.media.numbers import kept
from tuiphone.media.sdp import TELEPHONE_EVENT, Codec, Section, Security, Session, parse
from tuiphone.media.shown import write
from tuiphone.media.telephone_event import EVENTS

OPUS_PARAMETERS = "minptime=10;useinbandfec=1"
_EVENT_RATES = (48000, 8000)
"""Opus has the one clock, all others the other."""
_EVENT_NUMBERS = (110, 126, *range(127, 102, -1))
"""Payload types to offer telephone-events by, those that browsers take first."""


@dataclass(slots=True)
class Slot:
    """One m-line on the wire."""

    kind: str
    protocol: str
    formats: tuple[str, ...]
    mid: str
    """Its name for aiortc."""
    wire: str
    """Its name on the wire; a gateway may rename what we named."""
    known: bool
    """aiortc has a transceiver for it; that lasts as long as the connection."""
    open: bool
    """Not refused in the last exchange."""
    section: Section | None = None
    """How it last looked when it was usable: to the far side, or until it has said so, to us."""
    agreed: bool = False
    """The section is the far side's."""
    awaited: bool = False
    """A connection before this one had it; our offer has it again, in the same place."""


class Layout:
    """Turns descriptions of the far side into what aiortc takes, and what aiortc writes into what is sent."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self.far: Session | None = None
        """What the far side last said."""
        self.told: tuple[Codec, ...] = ()
        """By which numbers we last said to take sound and telephone-events."""
        self._before: Session | None = None
        self._answers_bundle: frozenset[str] = frozenset()
        self._far_has_mids = True
        self._far_muxes = True
        self._identity = time.time_ns() & (1 << 62) - 1
        self._versions = itertools.count(1)
        """Of all descriptions of the call, also over other connections."""

    def successor(self) -> "Layout":
        """For a fresh connection of the same call: lines, names and numbers go on as they were."""
        made = Layout()
        made._identity, made._versions = self._identity, self._versions
        made._before = self.far or self._before
        made.slots = [replace(slot, known=False, open=False, awaited=slot.known and slot.open) for slot in self.slots]
        return made

    @property
    def awaited(self) -> list[str]:
        """The kinds of the lines that the first offer has to have, in their order."""
        return [slot.kind for slot in self.slots if slot.awaited and not slot.known]

    @property
    def audio(self) -> Section:
        """The far side's sound section."""
        slot = self._audio
        assert slot.section is not None
        return slot.section

    @property
    def _audio(self) -> Slot:
        found = next((slot for slot in self.slots if slot.kind == "audio" and slot.known), None)
        if found is None:
            raise NegotiationFailed("The call has no sound.")
        return found

    def locate(self, candidate: Candidate) -> tuple[str, int] | None:
        """The mid and index by which aiortc knows the candidate's section; None if it does not."""
        known = [slot for slot in self.slots if slot.known]
        for index, slot in enumerate(self.slots):
            named = self._far_has_mids and candidate.mid is not None
            if slot.known and (candidate.mid == slot.wire if named else candidate.line == index):
                return slot.mid, known.index(slot)
        return None

    def understood(self) -> tuple[Codec, ...]:
        """What may come in the sound's line: by our numbers, as RFC 3264 section 5.1 has it, or by the far side's."""
        sections = self.far.sections if self.far is not None else ()
        taken = {number for section in sections if section.kind != "audio" for number in section.formats}
        ours = tuple(codec for codec in self.told if str(codec.payload_type) not in taken)
        return (*ours, *self.audio.events)

    def reopen(self, kind: str) -> None:
        """Offer again what the far side once refused."""
        for slot in self.slots:
            if slot.known and slot.kind == kind:
                slot.open = True

    # -- the far side offers --------------------------------------------------------------------------------------

    @contextmanager
    def kept_unless_agreed(self) -> Iterator[None]:
        """What is refused or fails within this block leaves all as it was."""
        slots = [replace(slot) for slot in self.slots]
        said = self.far, self.told, self._answers_bundle, self._far_has_mids, self._far_muxes
        try:
            yield
        except BaseException:
            self.slots = slots
            self.far, self.told, self._answers_bundle, self._far_has_mids, self._far_muxes = said
            raise

    def offer_in(self, far: Session) -> str:
        """An offer as aiortc may see it. Raises: NegotiationFailed."""
        left_out = self.slots[len(far.sections) :]
        if any(slot.kind == "audio" and slot.known for slot in left_out):
            raise NegotiationFailed("The far side's new description leaves out parts of the old one.")
        for slot in left_out:
            # RFC 3264 section 8 forbids it, but gateways do it where the one behind them has changed.
            slot.open = False
        usable = [self._place(index, section, far) for index, section in enumerate(far.sections)]
        if not any(slot.kind == "audio" and slot.open for slot in self.slots):
            raise NegotiationFailed(_no_sound(far))
        self.far = far
        self._far_has_mids = all(section.mid for section in far.sections)
        self._far_muxes = all(s.rtcp_mux for s, ok in zip(far.sections, usable, strict=True) if ok)
        bundled = [slot for slot in self.slots if slot.wire in far.bundle]
        self._answers_bundle = frozenset(slot.wire for slot in bundled)
        return self._shown([slot.mid for slot in bundled if slot.known], "actpass")

    def _place(self, index: int, section: Section, far: Session) -> bool:
        """Give the section of an offer its slot, and find out whether it can be used."""
        fits = section.kind in ("audio", "video") and section.trouble is None
        if index < len(self.slots):
            slot = self.slots[index]
            slot.protocol, slot.formats = section.protocol, section.formats
            slot.wire = section.mid or slot.mid
            if slot.known and section.kind == slot.kind and fits:
                slot.open, slot.section, slot.agreed = True, section, True
                return True
            slot.open = False
            if slot.known or not fits or any(later.known for later in self.slots[index + 1 :]):
                return False
        fits = fits and not any(slot.known and slot.kind == section.kind for slot in self.slots)
        mid = self._mid(index, section)
        made = Slot(section.kind, section.protocol, section.formats, mid, mid, fits, fits)
        if fits:
            made.section, made.agreed = section, True
        self.slots[index : index + 1] = [made]
        return fits

    def _mid(self, index: int, section: Section) -> str:
        taken = {slot.mid for place, slot in enumerate(self.slots) if place != index}
        if section.mid and section.mid not in taken:
            return section.mid
        return next(mid for mid in (f"{n}" for n in range(index, index + 100)) if mid not in taken)

    def answer_out(self, text: str) -> tuple[str, tuple[Candidate, ...]]:
        """Our answer as it is sent, and its candidates."""
        bundle = [slot.wire for slot in self.slots if slot.open and slot.wire in self._answers_bundle]
        asked = len(self.far.sections) if self.far is not None else len(self.slots)
        return self._sent(text, bundle, mids=self._far_has_mids, mux=self._far_muxes, answering=asked)

    # -- we offer ---------------------------------------------------------------------------------------------------

    def offer_out(self, text: str) -> tuple[str, tuple[Candidate, ...]]:
        """Our offer as it is sent, and its candidates."""
        own = parse(text).sections
        known = [slot for slot in self.slots if slot.known]
        for section in own[len(known) :]:
            mid = section.mid or ""
            again = next((s for s in self.slots if s.awaited and not s.known and s.kind == section.kind), None)
            if again is not None:
                again.mid, again.known, again.open = mid, True, True
                continue
            # aiortc does not know of the names that refused lines have.
            wire = mid if all(slot.wire != mid for slot in self.slots) else f"{section.kind}{len(self.slots)}"
            self.slots.append(Slot(section.kind, section.protocol, section.formats, mid, wire, True, True, section))
        bundle = [slot.wire for slot in self.slots if slot.known and slot.open]
        return self._sent(text, bundle, mids=True, mux=True, answering=None)

    def answer_in(self, far: Session) -> str:
        """The far side's answer as aiortc may see it. Raises: NegotiationFailed.

        Sections are matched by their place; what the answer leaves out counts as refused.
        """
        audio = self.slots.index(self._audio)
        if audio >= len(far.sections) or far.sections[audio].trouble is not None:
            raise NegotiationFailed(_no_sound(far))
        for slot, section in zip(self.slots, far.sections, strict=False):
            if slot.known and section.kind != slot.kind:
                raise NegotiationFailed("The far side's answer does not fit our offer.")
        bundled: list[str] = []
        for index, slot in enumerate(self.slots):
            section = far.sections[index] if index < len(far.sections) else None
            slot.open = slot.known and slot.open and section is not None and section.trouble is None
            if slot.open and section is not None:
                slot.section, slot.agreed = section, True
                if section.mid in far.bundle or (section.mid is None and slot.wire in far.bundle):
                    bundled.append(slot.mid)
        self.far = far
        self._far_has_mids = all(section.mid for section in far.sections)
        return self._shown(bundled, "active")

    # -- both ways --------------------------------------------------------------------------------------------------

    def _shown(self, bundle: list[str], setup: str) -> str:
        """All of the slots that aiortc knows, those refused dressed up as inactive ones in the bundle."""
        sections: list[Section] = []
        audio = self._audio
        for slot in self.slots:
            if not slot.known or slot.section is None:
                continue
            section = replace(slot.section, mid=slot.mid, security=_with_setup(slot.section.security, setup))
            if not slot.open:
                security = _with_setup(self.audio.security, setup)
                section = replace(section, direction="inactive", security=security, ssrcs=())
                if not bundle:
                    bundle.append(audio.mid)
                bundle.append(slot.mid)
            sections.append(section)
        return write(Session(tuple(sections), tuple(dict.fromkeys(bundle))))

    def _sent(
        self, text: str, bundle: list[str], *, mids: bool, mux: bool, answering: int | None
    ) -> tuple[str, tuple[Candidate, ...]]:
        """`answering` an offer of so many lines, or offering."""
        session, *blocks = re.split(r"^(?=m=)", text, flags=re.MULTILINE)
        lines = ["v=0", f"o=- {self._identity} {next(self._versions)} IN IP4 127.0.0.1", "s=-", "t=0 0"]
        if bundle and mids:
            lines.append(f"a=group:BUNDLE {' '.join(bundle)}")
        lines += [line for line in session.splitlines() if line.startswith("a=msid-semantic:")]
        lines.append("a=ice-options:trickle")
        candidates: list[Candidate] = []
        known = iter(blocks)
        for index, slot in enumerate(self.slots[:answering]):
            block = next(known) if slot.known else ""
            if not slot.open:
                lines += _refused(slot, mids)
                continue
            sent, found = _bared(block, slot.protocol, mid=slot.wire if mids else None, mux=mux)
            before = self.far or self._before
            negotiated = slot.section if slot.agreed else None
            sent = sent if answering is not None or before is None else kept(sent, negotiated, before)
            if slot.kind == "audio":
                # RFC 3264 section 6.1: an answer has the numbers of the offer.
                events = self.audio.events if answering is not None else _events(negotiated, before, sent)
                sent = _with_events(sent, events)
                self.told = (*parse("\r\n".join(["v=0", *sent])).sections[0].codecs, *events)
            lines += sent
            candidates += [Candidate(candidate, slot.wire if mids else None, index) for candidate in found]
        return "\r\n".join(lines) + "\r\n", tuple(candidates)


def _with_setup(security: Security, default: str) -> Security:
    """The DTLS role said, or the one RFC 8842 has for a side that did not (properly) say it."""
    roles = ("active", "passive") if default == "active" else ("active", "passive", "actpass")
    return security if security.setup in roles else replace(security, setup=default)


def _no_sound(far: Session) -> str:
    audio = next((section for section in far.sections if section.kind == "audio"), None)
    if audio is None:
        return "The far side offers no sound."
    return f"The far side's sound cannot be used: {audio.trouble or 'there is more than one'}."


def _refused(slot: Slot, mids: bool) -> list[str]:
    lines = [f"m={slot.kind} 0 {slot.protocol} {' '.join(slot.formats) or '0'}", "c=IN IP4 0.0.0.0", "a=inactive"]
    return [*lines, f"a=mid:{slot.wire}"] if mids else lines


def _bared(block: str, protocol: str, *, mid: str | None, mux: bool) -> tuple[list[str], list[str]]:
    """A section of aiortc's as it is sent, and the candidates that were in it."""
    lines: list[str] = []
    candidates: list[str] = []
    for line in block.splitlines():
        name = line[2:].partition(":")[0]
        if name == "candidate":
            candidates.append(line[2:])
            continue
        if name == "end-of-candidates" or (name == "mid" and mid is None) or (name == "rtcp-mux" and not mux):
            continue
        if line.startswith("m="):
            kind, _, _, rest = line.split(" ", 3)
            # Answers name the transport as the offer does (RFC 3264 section 6), whatever name that is for DTLS.
            line = f"{kind} 9 {protocol} {rest}"
        elif line.startswith("c="):
            line = "c=IN IP4 0.0.0.0"
        elif name == "mid":
            line = f"a=mid:{mid}"
        lines.append(line)
        if found := re.fullmatch(r"a=rtpmap:([0-9]+) opus/48000/2", line):
            lines.append(f"a=fmtp:{found[1]} {OPUS_PARAMETERS}")
    return lines, candidates


def _events(negotiated: Section | None, far: Session | None, block: list[str]) -> tuple[Codec, ...]:
    """The telephone-events of our offer: as they were negotiated, or by numbers that are free."""
    known = {event.rate: event.payload_type for event in (negotiated.events if negotiated is not None else ())}
    taken = {
        int(text) for section in (far.sections if far is not None else ()) for text in section.formats if text.isdigit()
    }
    taken |= {int(text) for text in block[0].split(" ")[3:]}
    free = (number for number in _EVENT_NUMBERS if number not in taken)
    return tuple(Codec(known[rate] if rate in known else next(free), TELEPHONE_EVENT, rate) for rate in _EVENT_RATES)


def _with_events(block: list[str], events: tuple[Codec, ...]) -> list[str]:
    lines = [" ".join([block[0], *(str(event.payload_type) for event in events)]), *block[1:]]
    for event in events:
        lines.append(f"a=rtpmap:{event.payload_type} {TELEPHONE_EVENT}/{event.rate}")
        lines.append(f"a=fmtp:{event.payload_type} {EVENTS}")
    return lines

"""Texts that were given to the paired telephone, until it tells what became of them (sections 5 and 6)."""

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tuiphone.core.events import ProviderEvent, TextStatusChanged
from tuiphone.core.model import TextStatus
from tuiphone.providers.prostiezvonki.messages import SmsHanded, SmsStatus
from tuiphone.providers.prostiezvonki.numbers import is_same

MAX_TEXTS = 500
WORD_SECONDS = 300.0
"""How long the telephone may take to tell of a text; one that is switched off says nothing."""
UNTOLD = (
    "The PBX took it, and nobody said within {:.0f} minutes that it was sent; it may have arrived. Look whether the "
    "telephone that sends is on and has a network."
)


@dataclass(slots=True)
class _Waiting:
    """A text of which nobody has told yet what became of it."""

    to: str
    timer: asyncio.TimerHandle | None = None
    is_given_up: bool = False

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


class Texts:
    """The newest of them, by our refs."""

    def __init__(self, extension: str, emit: Callable[[ProviderEvent], None]) -> None:
        self._own = extension
        self._emit = emit
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        """By our refs."""
        self._refs: OrderedDict[str, str] = OrderedDict()
        """The PBX's name of the text -> our ref."""

    def add(self, to: str) -> str:
        """A text is about to be given to the PBX; its ref."""
        ref = f"sms-{uuid.uuid4().hex[:12]}"
        self._waiting[ref] = _Waiting(to)
        while len(self._waiting) > MAX_TEXTS:
            oldest, waiting = self._waiting.popitem(last=False)
            if waiting.timer is not None and not waiting.is_given_up:
                self._emit_untold(oldest)
            waiting.stop()
        return ref

    def taken(self, ref: str) -> None:
        """The PBX has it, or did not say that it has not; what becomes of it has to be told in time."""
        if (waiting := self._waiting.get(ref)) is not None and not waiting.is_given_up:
            waiting.stop()
            waiting.timer = asyncio.get_running_loop().call_later(WORD_SECONDS, self._give_up, ref, waiting)

    def drop(self, ref: str) -> None:
        """The PBX did not take it."""
        self._over(ref)

    def handed(self, told: SmsHanded) -> None:
        """The telephone has one of them; its name at the PBX is known from here on."""
        self._ref_of(told)

    def told(self, told: SmsStatus) -> None:
        """What became of one."""
        if (ref := self._ref_of(told)) is None:
            return
        match told.result:
            case 0:
                self._emit(TextStatusChanged(ref, TextStatus.SENDING))
                self.taken(ref)
                return
            case 1:
                self._emit(TextStatusChanged(ref, TextStatus.SENT))
            case result:
                said = "no result" if result is None else f"result {result}"
                detail = f"The telephone could not send it ({said}). Check its network, and send it again."
                self._emit(TextStatusChanged(ref, TextStatus.FAILED, detail))
        self._over(ref)
        self._refs.pop(told.call_id, None)

    def _over(self, ref: str) -> None:
        if (waiting := self._waiting.pop(ref, None)) is not None:
            waiting.stop()

    def _give_up(self, ref: str, waiting: _Waiting) -> None:
        # It stays here: the telephone may be switched on tomorrow, and tell then.
        waiting.is_given_up = True
        self._emit_untold(ref)

    def _emit_untold(self, ref: str) -> None:
        self._emit(TextStatusChanged(ref, TextStatus.FAILED, UNTOLD.format(WORD_SECONDS / 60.0)))

    def _ref_of(self, told: SmsHanded | SmsStatus) -> str | None:
        """Ours by the PBX's name, else the oldest to that number that has none yet, which is its name then."""
        if (known := self._refs.get(told.call_id)) is not None:
            return known
        if told.sender not in ("", self._own):
            return None
        named = set(self._refs.values())
        fitting = [ref for ref, one in self._waiting.items() if ref not in named and is_same(one.to, told.to)]
        # Of a text that was given up nobody tells, most likely.
        ref = min(fitting, key=lambda ref: self._waiting[ref].is_given_up, default=None)
        if ref is not None:
            self._refs[told.call_id] = ref
            while len(self._refs) > MAX_TEXTS:
                self._refs.popitem(last=False)
        return ref

"""Texts that were given to the paired telephone, until it tells what became of them (sections 5 and 6)."""

import uuid
from collections import OrderedDict
from collections.abc import Callable

from tuiphone.core.events import ProviderEvent, TextStatusChanged
from tuiphone.core.model import TextStatus
from tuiphone.providers.prostiezvonki.messages import SmsHanded, SmsStatus
from tuiphone.providers.prostiezvonki.numbers import is_same

MAX_TEXTS = 500


class Texts:
    """The newest of them, by our refs."""

    def __init__(self, extension: str, emit: Callable[[ProviderEvent], None]) -> None:
        self._own = extension
        self._emit = emit
        self._waiting: OrderedDict[str, str] = OrderedDict()
        """Our ref -> to whom."""
        self._refs: OrderedDict[str, str] = OrderedDict()
        """The PBX's name of the text -> our ref."""

    def add(self, to: str) -> str:
        """A text is about to be given to the PBX; its ref."""
        ref = f"sms-{uuid.uuid4().hex[:12]}"
        self._waiting[ref] = to
        while len(self._waiting) > MAX_TEXTS:
            self._waiting.popitem(last=False)
        return ref

    def drop(self, ref: str) -> None:
        """The PBX did not take it."""
        self._waiting.pop(ref, None)

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
                return
            case 1:
                self._emit(TextStatusChanged(ref, TextStatus.SENT))
            case result:
                said = "no result" if result is None else f"result {result}"
                detail = f"The telephone could not send it ({said}). Check its network, and send it again."
                self._emit(TextStatusChanged(ref, TextStatus.FAILED, detail))
        self._waiting.pop(ref, None)
        self._refs.pop(told.call_id, None)

    def _ref_of(self, told: SmsHanded | SmsStatus) -> str | None:
        """Ours by the PBX's name, else the oldest to that number that has none yet, which is its name then."""
        if (known := self._refs.get(told.call_id)) is not None:
            return known
        if told.sender not in ("", self._own):
            return None
        named = set(self._refs.values())
        ref = next((ref for ref, to in self._waiting.items() if ref not in named and is_same(to, told.to)), None)
        if ref is not None:
            self._refs[told.call_id] = ref
            while len(self._refs) > MAX_TEXTS:
                self._refs.popitem(last=False)
        return ref

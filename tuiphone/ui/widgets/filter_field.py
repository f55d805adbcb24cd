"""The line to filter past calls with: it shows how a word may go on, and tab takes that."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester

from tuiphone.core.filters import MAX_FILTER, complete
from tuiphone.ui.widgets.field import Field


class _Completion(Suggester):
    def __init__(self, accounts: Callable[[], Iterable[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._accounts = accounts

    async def get_suggestion(self, value: str) -> str | None:
        return complete(value, self._accounts())


class FilterField(Field):
    """A Field for the filter language."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "complete", id="filter.complete", tooltip="Take the word that is shown"),
    ]

    def __init__(self, accounts: Callable[[], Iterable[str]], *, id: str, placeholder: str) -> None:
        super().__init__(id=id, placeholder=placeholder, max_length=MAX_FILTER, suggester=_Completion(accounts))
        self._accounts = accounts

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # Where nothing can be completed, tab goes on to the list.
        return action != "complete" or self._completed() is not None

    def action_complete(self) -> None:
        if (whole := self._completed()) is not None:
            self.value = whole
            self.cursor_position = len(whole)

    def _completed(self) -> str | None:
        return complete(self.value, self._accounts()) if self.cursor_position == len(self.value) else None

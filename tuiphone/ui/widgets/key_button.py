"""A button that stands for a key: shows both, and a click does what the key does."""

from typing import TYPE_CHECKING, Literal, cast

from textual.content import Content
from textual.widget import Widget

from tuiphone.ui import keys

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone


class KeyButton(Widget):
    """Finds its key by the binding's id, so that a moved key shows as it is."""

    ALLOW_SELECT = False

    def __init__(
        self,
        binding: str,
        label: str,
        *,
        kind: Literal["good", "bad", "plain"] = "plain",
        id: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=f"-{kind}")
        self._binding = binding
        self._label = label

    @property
    def key(self) -> str:
        """The key it stands for."""
        return cast("TuiPhone", self.app).key_of(self._binding).split(",")[0]

    def relabel(self, label: str) -> None:
        """Say something else from now on, already safe."""
        if label != self._label:
            self._label = label
            self.refresh(layout=True)

    def render(self) -> Content:
        return Content.assemble((f" {keys.shown(self.key)} ", "bold"), f" {self._label} ")

    def on_click(self) -> None:
        self.app.simulate_key(self.key)

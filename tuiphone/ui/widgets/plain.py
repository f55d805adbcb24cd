"""Text on the screen that is never read as markup, and that costs nothing while it stays the same."""

from textual.content import Content
from textual.visual import VisualType
from textual.widgets import Static


class Plain(Static):
    """A Static for what may come from the network."""

    def __init__(self, text: str | Content = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(_content(text), id=id, classes=classes, markup=False)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show another text; the screen is laid out anew only if the widget grows with it."""
        new = _content(content) if isinstance(content, str | Content) else content
        if isinstance(new, Content) and isinstance(self.content, Content) and new.is_same(self.content):
            return
        super().update(new, layout=layout and self.styles.auto_dimensions)


def _content(text: str | Content) -> Content:
    return text if isinstance(text, Content) else Content(text)

"""Which palettes there are, which is on, and keeping the one the person chose."""

from pathlib import Path
from typing import TYPE_CHECKING

from tuiphone.ui import present, theme
from tuiphone.ui.theme import Unusable

if TYPE_CHECKING:
    from textual.theme import Theme

    from tuiphone.ui.app import TuiPhone


class Palettes:
    """The bundled palettes and the user's own, which are read anew whenever somebody wants to choose."""

    def __init__(self, app: "TuiPhone") -> None:
        self.names: list[str] = []
        """In the order they are offered."""
        self._app = app
        self._own: Path | None = None
        self._worn: Theme | None = None
        """As it was when it was put on."""
        self._told: set[str] = set()

    def begin(self) -> None:
        """Put the usual palette on before there is a screen: put on later, every rule is read once more for it."""
        self.load()
        app = self._app
        name, _ = self._choice(None)
        self._worn = app.available_themes[name]
        app.set_reactive(type(app).theme, name)
        app.set_class(True, f"-theme-{name}", update=False)
        app.stylesheet.set_variables(app.get_css_variables())

    def load(self, own: str | None = None) -> None:
        """Read the bundled palettes, or those of the user's folder; what cannot be used is told once."""
        where = None
        if own is not None:
            where = self._own = Path(own)
        for one in theme.load(where):
            if isinstance(one, Unusable):
                if one.sentence not in self._told:
                    self._told.add(one.sentence)
                    self._app.tell(present.of_mistake(one.sentence))
                continue
            # One of the user's by the name of a bundled one takes its place.
            self._app.register_theme(one)
            if one.name not in self.names:
                self.names.append(one.name)

    def use(self, wanted: str | None) -> None:
        """Put a palette on; the usual one when there is none of that name, which is told."""
        app = self._app
        name, problem = self._choice(wanted)
        was = self._worn
        self._worn = app.available_themes[name]
        if name == app.theme and was is not None and was != self._worn:
            # One of the user's took the place of the one that is on.
            app.refresh_css(animate=False)
        app.theme = name
        if problem:
            app.tell(present.of_mistake(problem))

    def _choice(self, wanted: str | None) -> tuple[str, str | None]:
        few = self._app.console.color_system == "standard"
        return theme.choose(wanted, set(self._app.available_themes), few_colours=few)

    def keep(self, name: str) -> None:
        """Put a palette on, now and from now on."""
        self._app.theme = name
        self._app.do(self._app.phone.set_preference("app", "theme", name))

    def choose(self) -> None:
        """Let the person try them on."""
        from tuiphone.ui.screens.themes import ThemeChoice

        if self._own is not None:
            self.load(str(self._own))

        def chosen(name: str | None) -> None:
            if name is not None:
                self.keep(name)

        self._app.push_screen(ThemeChoice(self.names, self._app.theme), chosen)

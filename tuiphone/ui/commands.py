"""The command palette: everything that can be done right now, generated from the bindings, and the themes."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tuiphone.ui import keys

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone


class PhoneCommands(Provider):
    """What the keys do, by name."""

    def _commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        app = cast("TuiPhone", self.app)
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.id or not active.enabled or binding.id.startswith("list.") or binding.id == "app.palette":
                continue
            label = app.label_of(binding)
            if label and label not in seen:
                seen.add(label)
                run = partial(app.run_action, binding.action, active.node)
                yield _capital(label), f"{binding.tooltip or label}  ({keys.shown(binding.key)})", run
        for name in app.palettes.names:
            if name != app.theme:
                yield f"Theme {name}", "Change the colours", partial(app.palettes.keep, name)

    async def discover(self) -> Hits:
        for name, help, run in self._commands():
            yield DiscoveryHit(name, run, help=help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, help, run in self._commands():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, help=help)


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]

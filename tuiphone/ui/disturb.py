"""Do not disturb: the choice of an end for it, and how it is said."""

import math
import time
from typing import TYPE_CHECKING

from tuiphone.core import until
from tuiphone.core.policy import FOREVER
from tuiphone.ui import words
from tuiphone.ui.widgets.picker import Option

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MORNING = "08:00"
MAX_TYPED = 40


def ask(app: "TuiPhone") -> None:
    """Let the person choose until when nothing rings."""
    now = app.now()
    half_hour, hour = now + 1800, now + 3600
    morning = until.time_to_come(f"tomorrow {MORNING}", now)
    choices: tuple[tuple[str, str, float | None], ...] = (
        ("30m", f"For 30 minutes, until {words.clock(half_hour)}", half_hour),
        ("1h", f"For an hour, until {words.clock(hour)}", hour),
        ("morning", f"Until tomorrow {MORNING}", morning),
        ("typed", "Until a time you type…", None),
        ("on", "Until you switch it off", FOREVER),
        ("off", "Off: calls ring", None),
    )
    ends = {value: end for value, _, end in choices}
    is_on = app.state.do_not_disturb is not None
    options = tuple(Option(value, label) for value, label, _ in choices if is_on or value != "off")
    value = "off" if is_on else "30m"
    left = left_words(app.state.do_not_disturb, now)
    title = f"Do not disturb: {left} left" if left else "Do not disturb"

    def chosen(value: str | None) -> None:
        match value:
            case None:
                pass
            case "typed":
                _type(app)
            case _:
                _set(app, ends[value])

    app.choose(title, options, value, chosen)


def _type(app: "TuiPhone") -> None:
    from tuiphone.ui.screens.dialogs import Prompt

    def refusal(text: str) -> str | None:
        try:
            until.read(text, app.now())
        except until.BadTime as error:
            return str(error)
        return None

    def hint(text: str) -> str:
        return "" if refusal(text) else f"Until {end_words(until.read(text, app.now()), app.now())}."

    def typed(text: str | None) -> None:
        if text is not None:
            _set(app, until.read(text, app.now()))

    prompt = Prompt(
        "Do not disturb until",
        placeholder="17:00, tomorrow 8:00, or for how long: 45m, 1h30m",
        check=refusal,
        hint=hint,
        max_length=MAX_TYPED,
    )
    app.push_screen(prompt, typed)


def _set(app: "TuiPhone", end: float | None) -> None:
    app.do(app.phone.set_disturb(end), lambda _: app.say(_sentence(end, app.now())))


def _sentence(end: float | None, now: float) -> str:
    if end is None:
        return "Calls ring again."
    if end == FOREVER:
        return "Nothing rings until you switch it off. Calls are listed as missed."
    return f"Nothing rings until {end_words(end, now)}. Calls are listed as missed."


def end_words(end: float, now: float) -> str:
    """When that is: 17:00, tomorrow 08:00, 3 Dec 08:00."""
    today, tomorrow = (time.localtime(now + days * 86400)[:3] for days in (0, 1))
    match time.localtime(end)[:3]:
        case day if day == today:
            return words.clock(end)
        case day if day == tomorrow:
            return f"tomorrow {words.clock(end)}"
        case _:
            return words.when(end, now)


def left_words(end: float | None, now: float) -> str:
    """The time that is left: 28 min, 3 h 05, 2 days; "" for no end."""
    if end is None or end == FOREVER:
        return ""
    minutes = max(1, math.ceil((end - now) / 60))
    if minutes <= 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02}"
    return f"{minutes // (24 * 60)} days"


def mark(end: float | None, now: float, *, is_wide: bool) -> str:
    """What the top line says of it; "" when calls ring."""
    if end is None or end <= now:
        return ""
    name = "do not disturb" if is_wide else "DND"
    return f"{name} {left_words(end, now)}".rstrip()

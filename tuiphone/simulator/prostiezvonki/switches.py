"""The switches of the server (11), as `--set prostiezvonki.KEY=VALUE`, and as the control call `set` turns them."""

from typing import Any

from tuiphone.simulator.extensions import PASSWORDS

DEFAULTS: dict[str, Any] = {
    "port": 10150,
    "tls_certificate": "",  # with it the socket is wss, and its frames are plain XML
    "tls_key": "",
    # who may log in
    "users": ",".join(f"{extension}:{password}" for extension, password in PASSWORDS.items()),
    "groups": "",  # 101:sales,102:sales, of extensions whose client did not say its group yet
    "close_with": "",  # 101:4006,102:4007, for log-ins that are refused
    "refuse_after_s": 0.1,  # from the 101 to the refusal
    # calls
    "answer_after_s": 1.0,
    "talk_s": 3.0,
    "offer_s": 2.0,  # how long a call waits at the PBX for a client to route it
    "ring_s": 30.0,
    "numbers_busy": "",  # with commas
    "record_base_url": "",  # where recordings are said to be; the server has them under /records/
    "pace": 1.0,  # what the pauses at the busy desk are multiplied by
    # the link
    "ping_s": 20.0,
    "late_events": 200,  # ends of calls that are kept for clients who are away
}
FIXED = ("port", "tls_certificate", "tls_key", "late_events")
"""Those that cannot be turned while it runs."""


class Switches:
    """Their values, with the lists among them taken apart.

    Raises: ValueError, for a list that cannot be read
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self.values = {**DEFAULTS, **settings}
        self._read()

    def turn(self, key: str, value: Any) -> None:
        """Change one while the server runs.

        Raises: ValueError when there is no such switch, or it cannot have this value
        """
        if key not in DEFAULTS or key in FIXED:
            raise ValueError(f"{key} cannot be changed")
        before = self.values[key]
        self.values[key] = type(DEFAULTS[key])(value)
        try:
            self._read()
        except ValueError:
            self.values[key] = before
            raise

    def seconds(self, key: str) -> float:
        """The value of one that is a time."""
        return max(0.0, float(self.values[key]))

    def text(self, key: str) -> str:
        """The value of one that is a text."""
        return str(self.values[key])

    def _read(self) -> None:
        self.users = _pairs("users", self.text("users"))
        self.groups = _pairs("groups", self.text("groups"))
        self.close_with = {
            extension: _close_code(code) for extension, code in _pairs("close_with", self.text("close_with")).items()
        }
        self.busy = {number.strip() for number in self.text("numbers_busy").split(",") if number.strip()}


def _pairs(key: str, text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, colon, value = part.partition(":")
        if not name or not colon:
            raise ValueError(f"{key} is a list like 101:this,102:that")
        pairs[name] = value
    return pairs


def _close_code(text: str) -> int:
    if not text.isdecimal() or not 4000 <= int(text) <= 4999:
        raise ValueError(f"close_with has the code {text}, which is not between 4000 and 4999")
    return int(text)

"""The settings of a Vox account, and what can be wrong with them (PROTOCOL.md section 2)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tuiphone.core.ports import IceServer
from tuiphone.core.provider import setting
from tuiphone.core.secret import Secret
from tuiphone.providers.checks import address_problem, number_problems

IML_URL = "wss://proxy.vox-cpaas.com:8989"
REST_URL = "https://proxy.vox-cpaas.com/api/user"
MAX_ID = 64
"""Characters of a user's name."""
MAX_TEXT = 200
MAX_DEVICE_ID = 10**9
_HOST_AND_PORT = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]{1,253})(?::[0-9]{1,5})?(?:\?transport=(?:udp|tcp))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to reach Vox, as whom, and from which number to call telephones."""

    project_id: str = setting("Id of the Vox project.", example="pid_0123456789")
    username: str = setting("Your name in the project.", example="alice")
    password: Secret = setting("Your password in the project.")
    from_user: str = setting(
        "Telephone number (DID) of the project that calls to telephones come from.",
        default="",
        example="18005550100",
        ask=True,
    )
    name: str = setting("Your name as others see it; as Vox has it when left out.", default="", example="Alice Archer")
    iml_url: str = setting("Where Vox's calls are.", default=IML_URL, example=IML_URL, ask=True)
    rest_url: str = setting("Where Vox's users are made and deleted.", default=REST_URL, example=REST_URL)
    auth_token: Secret | None = setting(
        "Token of the project, with which users are made and deleted; calls do without it.", default=None
    )
    push_token: Secret | None = setting("Push token of this device, where there is one.", default=None)
    device_id: str = setting(
        "Number by which Vox knows this device; one is made up and kept when left out.", default="", example="123456"
    )
    record_calls: bool = setting("Record the calls one makes, both sides, from the answer on.", default=False)
    stun: str = setting("STUN server to use besides those Vox names.", default="", example="stun.example.org:3478")
    turn: str = setting("TURN server to use besides those Vox names.", default="", example="turn.example.org:3478")
    turn_user: str = setting("User at that TURN server.", default="")
    turn_password: Secret | None = setting("Password at that TURN server.", default=None)

    def problems(self) -> Iterable[tuple[str, str]]:
        """What is wrong between or inside these settings, as (key, sentence)."""
        if problem := id_problem(self.username):
            yield "username", problem
        if not self.project_id.strip():
            yield "project_id", "Vox lets nobody in without it."
        for key in ("project_id", "name", "turn_user"):
            yield from self._text_problems(key)
        if problem := address_problem(self.iml_url, "ws"):
            yield "iml_url", problem
        if problem := address_problem(self.rest_url, "http"):
            yield "rest_url", problem
        yield from (("from_user", why) for _, why in number_problems(filter(None, [self.from_user])))
        if self.device_id and not is_device_id(self.device_id):
            yield "device_id", f"It can be a whole number up to {MAX_DEVICE_ID}, not {self.device_id!r}."
        yield from self._relay_problems()

    def _text_problems(self, key: str) -> Iterable[tuple[str, str]]:
        value = getattr(self, key)
        if len(value) > MAX_TEXT:
            yield key, f"It has {len(value)} characters; {MAX_TEXT} are enough."
        elif not value.isprintable():
            yield key, "It has characters that nobody can see; type it by hand."

    def _relay_problems(self) -> Iterable[tuple[str, str]]:
        for key in ("stun", "turn"):
            if (value := getattr(self, key)) and not _HOST_AND_PORT.fullmatch(_without_scheme(value, key)):
                yield key, f"{value!r} is no server; write it like {key}.example.org:3478."
        if self.turn and not (self.turn_user and self.turn_password):
            yield "turn", "A TURN server wants turn_user and turn_password as well."
        if not self.turn and (self.turn_user or self.turn_password):
            yield "turn", "turn_user and turn_password are of no use without it."

    async def own_ice_servers(self) -> tuple[IceServer, ...]:
        """The servers that these settings name. Raises: ConfigError when the password cannot be had."""
        servers: list[IceServer] = []
        if self.stun:
            servers.append(IceServer((f"stun:{_without_scheme(self.stun, 'stun')}",)))
        if self.turn:
            password = await self.turn_password.read() if self.turn_password else None
            servers.append(IceServer((f"turn:{_without_scheme(self.turn, 'turn')}",), self.turn_user, password))
        return tuple(servers)


def id_problem(name: str) -> str | None:
    """Why nobody at Vox can be called so, as a sentence (section 12)."""
    if not name:
        return "A user of Vox has a name; give one."
    if any(character.isspace() for character in name) or not name.isprintable():
        return f"{name!r} has a blank in it, which no name at Vox has."
    if len(name) > MAX_ID:
        return f"A name at Vox has {MAX_ID} characters at most, and this one has {len(name)}."
    return None


def is_device_id(text: str) -> bool:
    """Decimal text up to 10^9."""
    return text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= MAX_DEVICE_ID


def _without_scheme(value: str, scheme: str) -> str:
    return value.removeprefix(f"{scheme}:").removeprefix("//")

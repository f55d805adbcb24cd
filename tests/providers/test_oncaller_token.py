"""Access tokens: signed as documented, read carefully, renewed when refused."""

from base64 import urlsafe_b64encode

import pytest

from tuiphone.core.errors import AccessDenied
from tuiphone.core.secret import Secret
from tuiphone.providers.oncaller.settings import Settings
from tuiphone.providers.oncaller.token import Credentials, TokenRefused, claims, sign

DOCUMENTED = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImN0eSI6InN0cmluZ2VlLWFwaTt2PTEifQ."
    "eyJqdGkiOiJTSy1vbmNhbGxlci1zaW0tMTcwMDAwMDAwMCIsImlzcyI6IlNLLW9uY2FsbGVyLXNpbSIsImV4cCI6MTcwMDAwMzYwMCwidXNlcklkIjoi"
    "YWxpY2UifQ.tu6UJEBnNB9xiid29wN7gfhwX23xIuafO96yeq82c7c"
)


def test_a_token_is_signed_as_in_the_document() -> None:
    made = sign(key_sid="SK-oncaller-sim", secret="oncaller-sim-secret", user_id="alice", now=1_700_000_000)
    assert claims(made) == claims(DOCUMENTED)
    assert made.split(".") == DOCUMENTED.split(".")


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "..", "é.é.é", f"a.{urlsafe_b64encode(b'[1]').decode()}.c"])
def test_a_token_that_cannot_be_read_claims_nothing(token: str) -> None:
    assert claims(token) == {}


def of(user: str) -> str:
    return sign(key_sid="SK", secret="s" * 32, user_id=user, now=1_700_000_000)


class Command:
    """A token command that gives one token after the other."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    async def __call__(self) -> str:
        return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]


async def test_the_token_tells_who_we_are() -> None:
    credentials = Credentials(Settings(token=Secret(of("alice") + "\n")))
    assert await credentials.current() == of("alice")
    assert credentials.user_id == "alice"


async def test_a_token_of_somebody_else_is_refused_before_it_is_sent() -> None:
    with pytest.raises(AccessDenied, match="for 'bob', but user_id says 'alice'"):
        await Credentials(Settings(token=Secret(of("bob")), user_id="alice")).current()


async def test_an_accepted_token_is_kept_and_a_refused_one_read_anew() -> None:
    credentials = Credentials(Settings(token=Secret(Command("first", "second", "third"))))
    assert [await credentials.current(), await credentials.current()] == ["first", "first"]
    assert await credentials.renewed(TokenRefused("expired.")) == "second"
    assert await credentials.current() == "second"


async def test_the_same_token_again_means_access_denied_with_its_age() -> None:
    credentials = Credentials(Settings(token=Secret(DOCUMENTED)))
    await credentials.current()
    with pytest.raises(AccessDenied, match=r"^It has expired\. It expired on 2023-11-1\d at"):
        await credentials.renewed(TokenRefused("It has expired."))


async def test_a_refused_signature_of_our_own_points_to_key_and_clock() -> None:
    credentials = Credentials(Settings(key_sid="SK", key_secret=Secret("s"), user_id="alice"), clock=lambda: 1e9)
    assert claims(await credentials.current())["exp"] == 1_000_003_600
    with pytest.raises(AccessDenied, match="check key_sid, key_secret and this computer's clock"):
        await credentials.renewed(TokenRefused("Expired."))


async def test_a_signed_token_is_fresh_for_every_connection() -> None:
    now = [1e9]
    credentials = Credentials(Settings(key_sid="SK", key_secret=Secret("s"), user_id="a"), clock=lambda: now[0])
    first = await credentials.current()
    now[0] += 4000
    assert claims(await credentials.current())["exp"] > claims(first)["exp"]

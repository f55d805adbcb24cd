"""Accounts of a running engine: tried, saved, changed under a call, removed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.desk import EngineDesk, desk
from tests.fakes import FakeProvider, until
from tuiphone.control.accounts import FilledForm, ReadAccount, ReloadAccounts, RemoveAccount, SaveAccount, TryAccount
from tuiphone.core.call import CallDirection, CallId, EndReason
from tuiphone.core.errors import AccessDenied, ConfigError
from tuiphone.core.events import CallEnded, CallMerged, CallStarted, Link
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.provider import setting
from tuiphone.core.secret import Secret
from tuiphone.engine import account_forms, accounts
from tuiphone.engine.account_forms import AccountFormService
from tuiphone.engine.accounts import AccountService


@dataclass(frozen=True, kw_only=True)
class Settings:
    user: str = setting("Who to log in as.", default="")
    token: Secret = setting("Access token.")


class Acme(FakeProvider):
    """A vendor that lets in whoever has the right token."""

    Settings = Settings  # type: ignore[assignment]

    def __init__(self, settings: Any, emit: Any, memory: object) -> None:
        super().__init__(emit, settings=settings)

    async def run(self) -> None:
        if await self.settings.token.read() != "right":
            raise AccessDenied("The token was refused; get a new one.")
        await super().run()


class Bench:
    """The two services on one desk."""

    def __init__(self, desk: EngineDesk) -> None:
        self.desk = desk
        self.accounts = AccountService(desk.parts)
        self.forms = AccountFormService(desk.parts, self.accounts.take)

    @property
    def file(self) -> Path:
        return self.desk.parts.paths.accounts_dir / "work.toml"

    def link(self) -> Link | None:
        known = self.desk.phone.state.account("work")
        return known.link if known else None

    async def carry_out(self, command: Any) -> Any:
        return await {**self.accounts.handlers, **self.forms.handlers}[type(command)](command)


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    for module in (accounts, account_forms):
        monkeypatch.setattr(module, "find_provider", lambda name: Acme)
    async with desk(tmp_path / "p") as its:
        bench = Bench(its)
        await bench.accounts.start()
        yield bench
        await bench.accounts.close()


def form(token: str, *, is_new: bool = True, **values: Any) -> FilledForm:
    return FilledForm(account="work", provider="acme", values={"token": token, **values}, is_new=is_new)


async def test_an_account_is_tried_before_it_is_kept_and_nothing_of_a_trial_stays(bench: Bench) -> None:
    wrong = await bench.carry_out(TryAccount(form("wrong")))
    assert wrong.problem == "The token was refused; get a new one."
    missing = await bench.carry_out(TryAccount(form("")))
    assert missing.mistakes[0][0] == "token"
    right = await bench.carry_out(TryAccount(form("right")))
    assert (right.mistakes, right.problem) == ((), "")
    assert not bench.file.exists()
    assert bench.desk.phone.state.accounts == ()
    assert not (await bench.carry_out(SaveAccount(form("right")))).mistakes
    await until(lambda: bench.link() is Link.ONLINE)


@pytest.mark.parametrize("call_at", [None, "work", "sip"])
async def test_where_a_second_log_in_ends_the_first_a_trial_goes_in_its_place(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, call_at: str | None
) -> None:
    monkeypatch.setattr(Acme, "logs_in_alone", True)
    await bench.carry_out(SaveAccount(form("right")))
    await until(lambda: bench.link() is Link.ONLINE)
    if call_at is not None:
        await bench.desk.add("sip")
        peer = Address(AddressKind.USER, "bob")
        bench.desk.phone.emit(CallStarted("1", peer, CallDirection.INCOMING), account=call_at)
        await until(lambda: bench.desk.phone.state.live_calls)
    if call_at == "sip":
        # The account tells of it, and its sound is elsewhere.
        bench.desk.phone.emit(CallMerged("v", CallId("sip", "1")), account="work")
        await until(lambda: bench.desk.phone.state.live_calls[0].control is not None)
    links: list[Link | None] = []
    run = Acme.run

    async def noting(acme: Acme) -> None:
        await bench.desk.phone.settled()
        links.append(bench.link())
        await run(acme)

    monkeypatch.setattr(Acme, "run", noting)
    tried = await bench.carry_out(TryAccount(form("wrong", is_new=False)))
    assert tried.problem == ("The token was refused; get a new one." if call_at is None else "")
    assert links[:1] == ([Link.OFF] if call_at is None else [])
    await until(lambda: bench.link() is Link.ONLINE)


async def test_no_secret_reaches_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await bench.carry_out(TryAccount(form("my-s3cret")))
    await bench.carry_out(SaveAccount(form("my-s3cret")))
    await until(lambda: bench.link() is Link.FAILED)
    assert "refused" in caplog.text
    assert "my-s3cret" not in caplog.text


async def test_settings_changed_under_a_call_count_when_it_is_over(bench: Bench) -> None:
    await bench.carry_out(SaveAccount(form("right")))
    await until(lambda: bench.link() is Link.ONLINE)
    peer = Address(AddressKind.USER, "bob")
    bench.desk.phone.emit(CallStarted("1", peer, CallDirection.OUTGOING), account="work")
    await until(lambda: bench.desk.phone.state.live_calls)
    saved = await bench.carry_out(SaveAccount(form("right", is_new=False, user="an")))
    assert saved.postponed
    assert (await bench.carry_out(ReloadAccounts())).postponed == ("work",)
    assert bench.desk.phone.state.live_calls
    assert bench.desk.phone.state.accounts[0].account.identity != "an"
    bench.desk.phone.emit(CallEnded("1", EndReason.HUNG_UP), account="work")
    await until(lambda: any(known.account.identity == "an" for known in bench.desk.phone.state.accounts))


async def test_an_account_is_removed_with_its_call_and_others_are_left_alone(bench: Bench) -> None:
    other = bench.file.with_name("other.toml")
    for file in (bench.file, other):
        file.write_text('provider = "acme"\ntoken = "right"\n')
        file.chmod(0o600)
    await bench.carry_out(ReloadAccounts())
    await until(lambda: [known.link for known in bench.desk.phone.state.accounts] == [Link.ONLINE] * 2)
    before = bench.desk.phone.state.account("other")
    peer = Address(AddressKind.USER, "bob")
    bench.desk.phone.emit(CallStarted("1", peer, CallDirection.OUTGOING), account="work")
    await until(lambda: bench.desk.phone.state.call(CallId("work", "1")))
    await bench.carry_out(RemoveAccount("work"))
    assert not bench.file.exists()
    assert bench.link() is None
    assert not bench.desk.phone.state.live_calls
    assert bench.desk.phone.state.account("other") == before
    with pytest.raises(ConfigError, match="no account"):
        await bench.carry_out(RemoveAccount("work"))


async def test_a_file_with_mistakes_is_described_without_its_secrets(bench: Bench) -> None:
    bench.file.write_text('provider = "acme"\ntoken = "right"\nusr = "an"\n')
    bench.file.chmod(0o600)
    file = await bench.carry_out(ReadAccount("work"))
    assert (file.provider, file.kept, file.path) == ("acme", ("token",), str(bench.file))
    assert file.problems == ("accounts/work.toml: usr is no setting here; did you mean user?",)
    assert "right" not in repr(file)
    bench.file.write_text('token = "right')
    broken = await bench.carry_out(ReadAccount("work"))
    assert broken.provider is None
    assert "line 1" in broken.problems[0]
    with pytest.raises(ConfigError):
        await bench.carry_out(ReadAccount("../../etc/passwd"))

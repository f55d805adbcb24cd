"""A user of Vox is made, lives and is deleted, by commands alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.stage import Handset, Simulator, until

PASSWORD = "dave's own password"


@pytest.fixture(scope="module")
def vox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The simulated Vox."""
    running = Simulator(tmp_path_factory.mktemp("vox") / "accounts", only="vox")
    yield running
    running.close()


@pytest.fixture
def alice(tmp_path: Path, vox: Simulator) -> Iterator[Handset]:
    """A phone with alice's account, and no engine yet."""
    phone = Handset(tmp_path / "alice", vox.accounts / "alice.toml")
    yield phone
    phone.close()


def provision(phone: Handset, *arguments: str, says: str = PASSWORD) -> tuple[int, str, str]:
    """Exit code and what was printed of `account provision`, with this line on standard input."""
    done = phone.run("account", *arguments, check=False, stdin=f"{says}\n")
    return done.returncode, done.stdout, done.stderr


def test_a_user_is_made_and_deleted_and_nothing_shows_the_password(alice: Handset):
    code, said, complaint = provision(alice, "provision", "alice", "dave", "--save", "dave")
    assert (code, complaint) == (0, "")
    assert "Vox has the user dave now." in said
    file = alice.profile / "config" / "accounts" / "dave.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "dave: logged in" in alice.run("account", "check", "dave").stdout
    taken = provision(alice, "provision", "alice", "dave")
    assert taken[0] == 1
    assert "Is the name taken?" in taken[2]
    assert provision(alice, "unprovision", "alice", "dave", "--yes")[0] == 0
    assert provision(alice, "unprovision", "alice", "dave", "--yes")[0] == 1
    refused = alice.run("account", "check", "dave", check=False)
    assert refused.returncode == 5
    assert "(401)" in refused.stdout
    assert PASSWORD not in "".join((said, complaint, *taken[1:], refused.stdout, refused.stderr))


def test_a_call_is_one_row_of_the_history_although_vox_remembers_it_too(alice: Handset):
    alice.start()
    alice.run("dial", "echo", "--for", "1")
    alice.run("dial", "busy", check=False)
    alice.run("stop")
    # A phone that knows nothing gets both from the server; ours has them already.
    fresh = Handset(alice.profile.parent / "fresh", alice.profile / "config" / "accounts" / "alice.toml")
    try:
        for phone in (alice, fresh):
            phone.start()
        until(lambda: len(fresh.history()) == 2, what="the server's records")
        rows = [[(row["peer"]["text"], row["ref"]) for row in phone.history()] for phone in (alice, fresh)]
        assert rows[0] == rows[1]
        assert [name for name, _ in rows[0]] == ["busy", "echo"]
        assert [row["result"] for row in fresh.history()] == ["not answered", "answered"]
    finally:
        fresh.close()


def test_a_status_message_is_seen_by_who_has_us_on_their_roster(alice: Handset, vox: Simulator):
    bob = Handset(alice.profile.parent / "bob", vox.accounts / "bob.toml")
    try:
        alice.start()
        alice.run("contacts", "add", "bob", "bob", "--roster", "alice")
        bob.start()
        bob.run("account", "status", "bob", "at lunch")
        until(lambda: "online: at lunch" in alice.run("contacts").stdout, what="bob's message")
        alice.run("contacts", "remove", "bob")
        until(lambda: "bob" not in alice.run("contacts").stdout, what="bob's end on the roster")
    finally:
        bob.close()

"""A bug report: secrets planted everywhere, and not one of them to be found in it, whole or in pieces."""

import base64
import io
import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tuiphone.core import redact
from tuiphone.core.entry import Entry, Level
from tuiphone.core.errors import StoreError
from tuiphone.core.ports import IceServer
from tuiphone.store.diary import DiaryFile
from tuiphone.store.paths import Paths, find
from tuiphone.store.report import Order, carry_out, trace_json, trace_lines, write_new

SECRETS = {
    "token": "Zq7-token-KJh2398sdf",
    "command": "pass show Zq7-command-9f8e7d",
    "turn": "Zq7-turnqqwweerr-55aa",
    "unknown": "Zq7-unknownkey-0192",
    "comment": "Zq7-comment-abcdef99",
    "hook": "https://hooks.example.net/Zq7-hook-path-1234",
    "query": "Zq7-querytoken-7777",
    "keyring": "Zq7-keyring-value-31",
    "broken": "Zq7-brokenfile-4242",
    "read": "Zq7-onlyread-xyzzy1",
}
PIECE = 8


def config(paths: Paths) -> None:
    paths.make()
    paths.config_file.write_text(
        f'# {SECRETS["comment"]}\n[app]\nwelcome = "call +84900000001"\n'
        f'[media]\ninterfaces = ["eth0"]\n'
        f'[hooks]\nringing = "{SECRETS["hook"]}"\n[keys]\n"history.play" = "p"\n'
        f'[secretsection]\nx = "{SECRETS["unknown"]}"\n'
    )
    account = paths.accounts_dir / "alice.toml"
    account.write_text(
        f'provider = "fake"\n# old: {SECRETS["comment"]}\ntoken = "{SECRETS["token"]}"\n'
        f'key_secret_command = "{SECRETS["command"]}"\npassword_keyring = true\nuser_id = "alice"\n'
        f'api_base_url = "https://api.example.net/x?k={SECRETS["query"]}"\nnumbers = ["+84900000001"]\n'
        f'tokn = "{SECRETS["unknown"]}"\n'
        f'ice_servers = ["stun:s:1", {{urls = "turn:t:2", username = "u", credential = "{SECRETS["turn"]}"}}]\n'
    )
    account.chmod(0o600)
    (paths.accounts_dir / "broken.toml").write_text(f'token = "{SECRETS["broken"]}\n')
    coded = base64.b64encode(f"alice:{SECRETS['token']}".encode()).decode()
    paths.log_file.write_text(
        f"INFO x: sent {SECRETS['token']}\nINFO y: {coded}\nINFO z: TURN {SECRETS['turn']}\n"
        f"INFO k: got {SECRETS['keyring']} and {SECRETS['read']}\nINFO m: Nguyễn Văn An called from +84900000001\n"
        + f"{'x' * 200}\n" * 8000
        + f"INFO: {SECRETS['token']}\n"
    )
    DiaryFile(paths.diary_file).append(
        [
            Entry(
                1, 5.0, Level.INFO, "A call to Nguyễn Văn An (+84900000001).", people=("Nguyễn Văn An", "+84900000001")
            ),
            Entry(2, 6.0, Level.ERROR, f"Refused: {SECRETS['keyring']}", detail=f"token={SECRETS['token']}"),
        ]
    )


KINDS = {
    "alice": {
        "token": "SECRET", "key_secret": "SECRET", "password": "SECRET", "user_id": "TEXT", "api_base_url": "TEXT",
        "numbers": "TEXTS", "ice_servers": "ICE",
    }
}  # fmt: skip
FRAMES: list[dict[str, Any]] = [
    {
        "id": 1, "at": 5.0, "way": "received", "where": "h:1", "label": "call from Nguyễn Văn An", "size": 9,
        "call": "c1", "count": 1,
        "body": json.dumps({"fromAlias": "Nguyễn Văn An", "sdp": "v=0", "note": SECRETS["keyring"], "n": "佐藤 愛子"}),
    }
]  # fmt: skip


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setattr(redact, "_known", {})
    monkeypatch.setattr(redact, "_passing", {})
    monkeypatch.setattr(redact, "_forms", ())
    monkeypatch.setenv("TUIPHONE_SOUND", "none")
    found = find(tmp_path / "profile")
    config(found)
    return found


def order(paths: Paths, **more: Any) -> Order:
    values: dict[str, Any] = {
        "profile": str(paths.profile),
        "anonymous": False,
        "kinds": KINDS,
        "secrets": (SECRETS["keyring"], SECRETS["read"]),
        "people": ("alice",),
        "terminal": {"TERM": "xterm", "LANG": SECRETS["keyring"]},
        "traces": {"alice": FRAMES},
        "texts": {"state.json": ("the state", f'{{"detail": "{SECRETS["token"]}"}}')},
    } | more
    return Order(**values)


def contents(file: Path) -> dict[str, str]:
    with zipfile.ZipFile(file) as packed:
        return {name.partition("/")[2]: packed.read(name).decode() for name in packed.namelist()}


@pytest.mark.parametrize("anonymous", [False, True])
def test_no_secret_is_in_the_report_whole_or_in_pieces_or_in_base64(
    paths: Paths, tmp_path: Path, anonymous: bool
) -> None:
    file = tmp_path / "r.zip"
    outcome = carry_out(order(paths, file=str(file), anonymous=anonymous))
    found = contents(file)
    assert {part["name"] for part in outcome["parts"]} == set(found)
    everything = "\n".join(found.values()) + "\n".join(found)
    for name, secret in SECRETS.items():
        telling = secret.split("Zq7", 1)[1]
        pieces = {telling[at : at + PIECE] for at in range(len(telling) - PIECE + 1)}
        for before in range(3):
            coded = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
            pieces |= {coded[at : at + 10] for at in range(4, len(coded) - 12)}
        for piece in pieces:
            assert piece not in everything, (name, piece)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_helps_is_in_the_report(paths: Paths, tmp_path: Path) -> None:
    file = tmp_path / "r.zip"
    carry_out(order(paths, file=str(file)))
    found = contents(file)
    assert "user_id = 'alice'" in found["config/accounts/alice.toml"]
    assert "token = •••" in found["config/accounts/alice.toml"]
    assert "'turn:t:2'" in found["config/accounts/alice.toml"]
    assert "https://api.example.net/x?•••" in found["config/accounts/alice.toml"]
    assert "is no TOML" in found["config/accounts/broken.toml"]
    assert "history.play = 'p'" in found["config/config.toml"]
    assert "textual " in found["versions.txt"]
    assert "account" in found["doctor.txt"]
    assert "A call to Nguyễn Văn An" in found["log/what-happened.txt"]
    assert "<-- h:1 call from Nguyễn Văn An [c1]" in found["trace/alice.txt"]
    assert len(found["log/engine.log"]) <= 1024 * 1024 + 10


def test_an_anonymous_report_names_nobody_and_tells_them_apart(paths: Paths, tmp_path: Path) -> None:
    file = tmp_path / "r.zip"
    carry_out(order(paths, file=str(file), anonymous=True, salt="s"))
    found = contents(file)
    everything = "\n".join(found.values()) + "\n".join(found)
    for person in ("Nguyễn", "84900000001", "alice", "Văn An"):
        assert person not in everything, person
    assert "config/accounts/alice.toml" not in found
    stand_in = found["log/what-happened.txt"].partition("A call to ")[2].split()[0]
    assert stand_in.startswith("name-")
    assert f"call from {stand_in}" in found["trace/" + next(n for n in found if n.startswith("trace/"))[6:]]


def test_looking_writes_nothing(paths: Paths, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert any(part["size"] > 0 for part in carry_out(order(paths))["parts"])
    # The doctor makes what folders are missing; there were none.
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_that_is_there_is_written_over(paths: Paths, tmp_path: Path) -> None:
    file = tmp_path / "r.zip"
    file.write_text("mine")
    with pytest.raises(StoreError, match="is there already"):
        carry_out(order(paths, file=str(file)))
    assert file.read_text() == "mine"
    link = tmp_path / "link.zip"
    os.symlink(tmp_path / "elsewhere", link)
    with pytest.raises(StoreError, match="is there already"):
        write_new(link, b"x")
    with pytest.raises(StoreError, match="cannot be written"):
        write_new(tmp_path / "no" / "folder.zip", b"x")


def test_the_process_of_its_own_says_what_it_did_or_why_not(paths: Paths, tmp_path: Path) -> None:
    import msgspec

    file = tmp_path / "r.zip"

    def run() -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tuiphone.store.report"],
            input=msgspec.json.encode(order(paths, file=str(file))),
            capture_output=True,
            timeout=60,
            check=True,
        )
        return json.loads(done.stdout)

    assert run()["size"] == file.stat().st_size
    assert "is there already" in run()["problem"]


def test_a_trace_can_be_kept_as_text_and_for_programs() -> None:
    text = "\n".join(trace_lines("alice", FRAMES))
    assert "<-- h:1 call from Nguyễn Văn An [c1]" in text
    assert json.loads(trace_json("alice", FRAMES))["frames"][0]["label"] == "call from Nguyễn Văn An"


def test_turn_credentials_of_a_server_are_known_for_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_passing", {})
    IceServer(("turn:x",), "u", SECRETS["turn"])
    assert SECRETS["turn"] in redact.known()
    assert SECRETS["turn"] not in redact.redact(f"using {SECRETS['turn']} now")


def test_the_archive_opens_everywhere(paths: Paths, tmp_path: Path) -> None:
    file = tmp_path / "r.zip"
    carry_out(order(paths, file=str(file)))
    assert zipfile.ZipFile(io.BytesIO(file.read_bytes())).testzip() is None

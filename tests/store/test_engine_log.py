"""The log: private, rotated, one entry a line, no secrets, and everything a process prints."""

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuiphone.core.errors import StoreError
from tuiphone.core.redact import redact
from tuiphone.store import log
from tuiphone.store.log import start_log
from tuiphone.store.paths import Paths, find

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = find(tmp_path / "p")
    paths.make()
    return paths


@pytest.fixture
def logger(paths: Paths) -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in log.CHATTY}
    handler = start_log(paths)
    yield logging.getLogger("tuiphone.test")
    handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def test_the_log_is_private_and_has_time_level_and_name(paths: Paths, logger: logging.Logger) -> None:
    logger.info("hello %s", "there")
    assert stat.S_IMODE(paths.log_file.stat().st_mode) == 0o600
    assert paths.log_file.read_text().endswith(" INFO tuiphone.test: hello there\n")


def test_a_log_others_could_read_is_closed_to_them(paths: Paths, logger: logging.Logger) -> None:
    paths.log_file.chmod(0o644)
    start_log(paths).close()
    assert stat.S_IMODE(paths.log_file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        f"refused {TOKEN}",
        f"GET /v2/x?access_token={TOKEN}&b=1",
        "GET /v2/x?accesstoken=hunter2&b=1",
        "password=hunter2",
        "Settings(user='a', password='hunter2 and more', port=1)",
        '{"accessToken": "hunter2 \\" and more", "r": 0}',
        '{"key_secret":"hunter2","r":0}',
        "{'apiKey': 'hunter2'}",
        '{"password": "hunter2 is cut',
        'Authorization: Digest username="a", response="hunter2"',
        "Proxy-Authorization: Basic hunter2",
        "with Bearer hunter2hunter2hunter2",
        "wss://alice:hunter2@127.0.0.1/",
        "IceServer(urls=('turn:x',), username='u', credential='hunter2')",
    ],
)
def test_what_looks_like_a_secret_is_blacked_out(text: str) -> None:
    black = redact(text)
    assert "•••" in black
    assert "hunter2" not in black
    assert TOKEN[10:20] not in black


@pytest.mark.parametrize(
    "text",
    [
        "work: token_command: the command failed (exit status 1); run it by hand to see why.",
        "token expired: log in again",
        "call +84901234567 from alice: 200 OK",
        '{"r": 0, "userId": "alice"}',
        "ws://127.0.0.1:6899/",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redact(text) == text


def test_redaction_of_a_hostile_text_is_quick() -> None:
    import time

    began = time.process_time()
    for text in ("eyJ" * 6000, "token" * 4000, '"token' * 3000, "a" * 20_000, "_token_" * 3000, "a://b:" * 3000):
        redact(text[: log.MAX_ENTRY])
    assert time.process_time() - began < 5


def test_a_traceback_is_redacted_as_well(paths: Paths, logger: logging.Logger) -> None:
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        logger.exception("it failed")
    written = paths.log_file.read_text()
    assert "Traceback" in written
    assert "hunter2" not in written


def test_an_entry_cannot_pretend_to_be_another_or_act_on_a_terminal(paths: Paths, logger: logging.Logger) -> None:
    logger.info("name: %s", "x\n2026-01-01 00:00:00,000 ERROR tuiphone: forged\x1b[2J\ud800")
    logger.info("y" * 1_000_000)
    lines = paths.log_file.read_text().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("    2026-01-01")
    assert "\x1b" not in lines[1]
    assert len(lines[2]) < 20_000


def test_the_log_is_rotated_and_stays_private(paths: Paths, logger: logging.Logger) -> None:
    for _ in range(350):
        logger.info("z" * 12_000)
    files = sorted(paths.state_dir.iterdir())
    assert [file.name for file in files] == ["engine.log", "engine.log.1", "engine.log.2"]
    assert all(file.stat().st_size <= log.MAX_BYTES for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_libraries_that_chat_are_quiet(paths: Paths, logger: logging.Logger) -> None:
    logging.getLogger("httpx").info("GET https://x")
    logging.getLogger("aioice.ice").info("candidates")
    logging.getLogger("httpx").warning("trouble")
    assert "trouble" in paths.log_file.read_text()
    assert len(paths.log_file.read_text().splitlines()) == 1


def test_an_unwritable_log_is_a_sentence(paths: Paths) -> None:
    paths.log_file.mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        start_log(paths)


PRINTS = """
import ctypes, logging, os, sys, warnings
from tuiphone.store import log
from tuiphone.store.paths import find
paths = find(sys.argv[1]); paths.make()
log.start_log(paths)
print("before")
sys.stdout.flush()
log.capture_streams(paths.log_file)
print("python prints", flush=True)
ctypes.CDLL(None).puts(b"c prints"); ctypes.CDLL(None).fflush(None)
os.write(2, b"c errs\\n")
warnings.warn("a warning")
for _ in range(100):
    logging.getLogger("x").info("z" * 12000)
os.write(1, b"after rotation\\n")
raise RuntimeError("uncaught")
"""


def test_what_c_libraries_print_goes_to_the_log_even_after_rotation(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PRINTS, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("before\n", "")
    old, new = (tmp_path / "state" / name for name in ("engine.log.1", "engine.log"))
    written = old.read_text()
    assert all(words in written for words in ("python prints\n", "c prints\n", "c errs\n", "a warning"))
    assert "after rotation\n" in new.read_text()
    assert "RuntimeError: uncaught" in new.read_text()


def test_streams_need_a_log_that_was_begun(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="start_log"):
        log.capture_streams(tmp_path / "x.log")
    assert os.listdir(tmp_path) == []

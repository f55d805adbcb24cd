"""Recordings from a shell: listed, played, copied, removed, brought back, fetched."""

import json
import time
import wave
from pathlib import Path

import pytest

from tests.e2e.test_recordings_keys import remember
from tests.media.test_player import make
from tests.rigs.file_server import FileServer, file
from tests.rigs.pulse import sine
from tests.rigs.stage import Handset
from tuiphone.store.recordings import write_sidecar


@pytest.fixture
def phone(tmp_path: Path) -> Handset:
    """A phone without accounts and without an engine; each command starts its own."""
    return Handset(tmp_path / "me", None)


@pytest.fixture
def recording(phone: Handset) -> Path:
    folder = phone.profile / "data" / "recordings"
    folder.mkdir(parents=True)
    path = make(folder / "a.ogg", sine(440, 2), codec="libopus")
    peer = {"kind": "user", "text": "bob\x1b[2J"}
    write_sidecar(path, {"account": "work", "peer": peer, "started_at": time.time(), "duration_s": 2.0})
    return path


def test_a_recording_is_listed_played_copied_removed_and_brought_back(
    phone: Handset, recording: Path, tmp_path: Path
) -> None:
    assert "a.ogg" in phone.run("recordings").stdout
    assert "\x1b" not in phone.run("recordings", "list", "bob").stdout
    assert json.loads(phone.run("recordings", "list", "--json").stdout)["duration_s"] == 2.0
    begun = time.monotonic()
    phone.run("recordings", "play", "a.ogg", "--speed", "0.5")
    assert time.monotonic() - begun > 4.0
    copy = tmp_path / "copy.wav"
    assert phone.run("recordings", "export", "a", str(copy)).stdout.strip() == str(copy)
    with wave.open(str(copy)) as found:
        assert found.getframerate() == 48000
    again = phone.run("recordings", "export", "a", str(copy), check=False)
    assert again.returncode == 2
    assert "--replace overwrites it" in again.stderr
    phone.run("recordings", "remove", str(recording))
    assert phone.run("recordings", "list").stdout == ""
    missing = phone.run("recordings", "play", "a.ogg", check=False)
    assert missing.returncode == 1
    assert "There is no recording a.ogg" in missing.stderr
    assert phone.run("recordings", "restore").stdout.strip() == str(recording)
    assert phone.run("recordings", "restore", check=False).returncode == 1


async def test_a_vendors_recording_is_fetched_or_it_is_said_why_not(
    phone: Handset, file_server: FileServer, tmp_path: Path
) -> None:
    content = make(tmp_path / "a.mp3", sine(440, 1), codec="libmp3lame").read_bytes()
    file_server.answers["/a"] = file(content)
    (phone.profile / "data").mkdir(parents=True)
    await remember(phone.profile, file_server.url("/a"))
    refused = phone.run("recordings", "download", "1", check=False)
    assert refused.returncode == 1
    assert "trusted_hosts" in refused.stderr
    assert not file_server.asked
    (phone.profile / "config" / "config.toml").write_text('[recording]\ntrusted_hosts = ["127.0.0.1"]\n')
    path = Path(phone.run("recordings", "download", "1").stdout.strip())
    assert path.suffix == ".mp3"
    assert path.read_bytes() == content
    assert phone.run("recordings", "download", "1").stdout.strip() == str(path)

"""Recordings by keys: a call recorded, heard again at the speaker, deleted and brought back; a download that outlives
`kill -9`."""

import asyncio
import re
import time
from pathlib import Path

from tests.media.test_player import make
from tests.rigs.file_server import FileServer, stuck
from tests.rigs.pulse import Card, loudness, sine, strength
from tests.rigs.stage import Handset, until
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.store.db import Database
from tuiphone.store.history import History

FAR_HZ, NEAR_HZ = 440.0, 700.0


def is_heard(card: Card, *hertz: float) -> bool:
    sound = card.listen(0.4)
    return all(strength(sound, one) > 0.02 for one in hertz)


def place(screen: str) -> tuple[int, int]:
    """Where the player is and how long the recording is, in seconds; (-1, 0) while it does not say."""
    found = re.search(r"(\d\d):(\d\d) / (\d\d):(\d\d)", screen)
    if found is None:
        return -1, 0
    minute, second, minutes, seconds = (int(part) for part in found.groups())
    return 60 * minute + second, 60 * minutes + seconds


def test_a_call_is_recorded_played_sought_in_sped_up_deleted_and_brought_back(phone_of, open_app, cards):
    card = cards[0]
    window = open_app(phone_of("alice", card), columns=100, rows=30)
    card.play(sine(NEAR_HZ, 60))
    window.type("tone")
    window.press("Enter")
    window.wait_for("in call")
    window.press("r")
    window.wait_for("REC")
    until(lambda: is_heard(card, FAR_HZ), what="the robot")
    time.sleep(6)  # a recording has to be as long as what is to be heard of it
    window.press("x")
    window.wait_for("you hung up")
    card.hush()
    window.press("F5")
    window.wait_for(lambda screen: "◆ tone" in screen and "00:" in screen)
    until(lambda: loudness(card.listen(0.3)) < 0.001, what="silence")

    window.press("Enter")
    window.wait_for("them")
    until(lambda: is_heard(card, FAR_HZ, NEAR_HZ), what="both sides from the recording")
    window.press("Space")
    window.wait_for("‖ tone")
    until(lambda: loudness(card.listen(0.3)) < 0.001, what="silence while it is paused")
    window.press("0")
    window.wait_for(lambda screen: place(screen)[0] == 0)
    window.press("+", "+", "+")
    window.wait_for("1.5×")
    window.press("Space")
    until(lambda: is_heard(card, FAR_HZ, NEAR_HZ), what="the same tones at another speed")
    window.press("Space", "5")
    window.wait_for(lambda screen: (at := place(screen))[0] > 1 and abs(at[0] - at[1] / 2) <= 1)
    window.press("Escape")
    window.wait_gone("them ")

    window.press("d")
    window.wait_for("Delete the recording")
    window.press("y")
    window.wait_for("No recordings yet")
    window.press("u")
    window.wait_for("◆ tone")
    window.press("F4")
    window.wait_for("●")


async def remember(profile: Path, url: str) -> None:
    """A call of yesterday, whose recording is at its vendor."""
    at = time.time() - 86_400
    database = await Database.open(profile / "data" / "history.sqlite")
    peer = Address(AddressKind.PHONE, "+84900000001", "Nguyễn Văn An")
    record = CallRecord(
        0, "alice", "v1", peer, True, False, at, at + 1, at + 6, RecordResult.ANSWERED, recording_url=url
    )
    await History(database).add_many([record])
    await database.close()


def test_a_download_goes_on_after_the_engine_was_killed_and_can_be_played(
    phone_of, open_app, file_server: FileServer, tmp_path: Path
):
    content = make(tmp_path / "a.wav", sine(FAR_HZ, 10)).read_bytes()
    file_server.answers["/a"] = stuck(content, after=len(content) // 2)
    alice: Handset = phone_of("alice")
    alice.run("stop")
    asyncio.run(remember(alice.profile, file_server.url("/a")))
    alice.start()
    window = open_app(alice)
    window.press("F5")
    window.wait_for("at the server")
    window.press("Enter")
    window.wait_for(lambda screen: any(f" {percent} %" in screen for percent in range(20, 51)))
    alice.kill_engine()
    window.wait_for("engine is gone")
    window.press("s")
    window.wait_for("◆ Nguyễn Văn An", 30)
    first, *rest = file_server.ranges("/a")
    assert first is None
    assert rest
    assert all(str(span).startswith("bytes=") for span in rest)
    (kept,) = (alice.profile / "data" / "recordings").glob("*.wav")
    assert kept.read_bytes() == content
    window.press("Enter")
    window.wait_for(lambda screen: place(screen)[0] >= 2 and place(screen)[1] == 10)
    assert alice.history()[0]["recording"] == str(kept)

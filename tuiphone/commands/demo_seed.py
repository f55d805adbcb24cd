"""Puts the demo's day into a new profile: the database at once, the sound of the recordings while the engine starts."""

import asyncio
import threading
import time

from tuiphone.commands import demo_day
from tuiphone.core.model import Address
from tuiphone.store import recordings
from tuiphone.store.contacts import ContactBook
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.paths import Paths
from tuiphone.store.texts import Texts, Whose

RATE = 48_000
PAUSE_S = 0.5


def settle_in(paths: Paths) -> None:
    """Fill the profile, as if it had been used for a while. Raises: StoreError."""
    now = time.time()
    files: dict[int, str] = {}
    for number in demo_day.RECORDED:
        minutes, who, *_ = demo_day.TODAY[number]
        person = demo_day.PEOPLE[who]
        peer = Address(person.first.kind, person.first.text, person.name)
        files[number] = str(recordings.new_path(paths.recordings_dir, peer, now - 60 * minutes))
    # Speaking takes as long as all the rest; the engine, which looks for the files, takes longer still to start.
    threading.Thread(target=_speak, args=(files, now), name="demo-recordings", daemon=True).start()
    asyncio.run(_fill(paths, now, files))


async def _fill(paths: Paths, now: float, files: dict[int, str]) -> None:
    database = await Database.open(paths.database)
    try:
        await ContactBook(database).take(tuple(demo_day.contacts()))
        await History(database).add_many(demo_day.records(now, files))
        await Texts(database).add((message, Whose("oncaller", "VN")) for message in demo_day.texts(now))
    finally:
        await database.close()


def _speak(files: dict[int, str], now: float) -> None:
    asyncio.run(_record_all(files, now))


async def _record_all(files: dict[int, str], now: float) -> None:
    import numpy as np

    from tuiphone.media.recorder import Recorder
    from tuiphone.simulator.speech import phrase

    pause = np.zeros(int(PAUSE_S * RATE), np.int16)
    for number, file in files.items():
        minutes, who, *_ = demo_day.TODAY[number]
        person = demo_day.PEOPLE[who]
        near, far = [pause], [pause]
        for turn, name in enumerate(demo_day.SENTENCES[number % 2 :] * 5):
            said = phrase(name)
            silence = np.zeros(len(said), np.int16)
            near += [said // 2 if turn % 2 else silence, pause]
            far += [silence if turn % 2 else said, pause]
        peer = {"kind": person.first.kind.value, "text": person.first.text, "name": person.name}
        about: dict[str, object] = {"account": demo_day.ACCOUNT, "peer": peer, "started_at": now - 60 * minutes}
        recorder = Recorder(file, about, failed=lambda _: None)
        mine, theirs = np.concatenate(near), np.concatenate(far)
        for begin in range(0, len(mine) - len(mine) % 480, 480):
            recorder.write(mine[begin : begin + 480], theirs[begin : begin + 480])
        await recorder.close()

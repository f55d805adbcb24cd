"""The far end of the bench `sip`, a process of its own: a phone of ours that picks up whatever rings.

python -m bench.sip_far URL USER sound|silence
"""

import asyncio
import sys
from typing import Any

from bench.sip_phone import Phone
from tuiphone.core.call import CallDirection
from tuiphone.core.events import CallStarted


async def main(url: str, user: str, kind: str) -> None:
    """Until our input ends."""
    ringing: asyncio.Queue[str] = asyncio.Queue()

    def told(event: Any) -> None:
        if isinstance(event, CallStarted) and event.direction is CallDirection.INCOMING:
            ringing.put_nowait(event.ref)

    async with Phone.at(url, user, sound=kind == "sound", told=told) as phone:
        print("ready", flush=True)
        answering = asyncio.create_task(_answer(phone, ringing))
        await asyncio.to_thread(sys.stdin.read)
        answering.cancel()


async def _answer(phone: Phone, ringing: "asyncio.Queue[str]") -> None:
    picking_up: set[asyncio.Task[None]] = set()
    while True:
        ref = await ringing.get()
        task = asyncio.create_task(phone.pick_up(ref))
        picking_up.add(task)
        task.add_done_callback(picking_up.discard)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

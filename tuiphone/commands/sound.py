"""`device`: which microphone, speaker and ringer the phone uses."""

import argparse
import asyncio
import sys

from tuiphone.commands.attach import attached, plain

TEST_SECONDS = 5.0


def device(options: argparse.Namespace) -> int:
    """Choose a device, say which it is, or test it."""
    return asyncio.run(_device(options))


async def _device(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        if options.name is not None:
            await phone.use_device(options.kind, options.name)
        chosen = (await phone.devices()).chosen.get(options.kind, "default")
        print(f"{options.kind}: {plain(chosen)}")
        if phone.state.sound.problem:
            print(plain(phone.state.sound.problem), file=sys.stderr)
        if not options.test:
            return 0
        if options.kind != "microphone":
            await phone.probe_device(options.kind)
            await asyncio.sleep(1.5)
            return 0
        for _ in range(round(TEST_SECONDS * 10)):
            level = await phone.microphone_level()
            bar = "#" * round(40 * level)
            print(f"\r{bar:<40} {100 * level:3.0f} %", end="", flush=True)
            await asyncio.sleep(0.1)
        print()
    return 0

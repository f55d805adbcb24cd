"""Runs the simulated vendors in the foreground: arguments, the ready line, account files, the end."""

import argparse
import asyncio
import contextlib
import ipaddress
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuiphone.simulator import azstack, oncaller, prostiezvonki, sip, voip24h, vox
from tuiphone.simulator.loopback import keep_to_loopback

VENDORS = {
    "oncaller": (oncaller.OnCaller, oncaller.DEFAULTS),
    "azstack": (azstack.AZStack, azstack.DEFAULTS),
    "vox": (vox.Vox, vox.DEFAULTS),
    "sip": (sip.Sip, sip.DEFAULTS),
    "prostiezvonki": (prostiezvonki.Prostiezvonki, prostiezvonki.DEFAULTS),
    "voip24h": (voip24h.Voip24h, voip24h.DEFAULTS),
}
USERS = ("alice", "bob")
_CLOSE_S = 0.8
_TO_CALL = (
    "There are to call: echo, voice, tone, busy, silent, callme, alice and bob, or any telephone number. "
    f"On accounts of prostiezvonki {prostiezvonki.TO_CALL}"
)


class Wrong(Exception):
    """The arguments cannot be used; the text is a sentence."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run with these arguments; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="tuiphone simulator", description="Loopback stand-ins for vendors' servers.", epilog=_TO_CALL
    )
    parser.add_argument("--only", metavar="NAMES", help=f"with commas: {', '.join(VENDORS)}")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port-offset", type=int, default=0, metavar="N", help="added to every port")
    parser.add_argument("--set", action="append", default=[], metavar="VENDOR.KEY=VALUE", help="a switch; may repeat")
    parser.add_argument("--accounts", metavar="DIR", help="write account files for alice and bob")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input does")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    # aioice and aiortc tell of every peer that went away; here that is daily business.
    for name in ("aioice", "aiortc"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        vendors = _vendors(options)
        return asyncio.run(_serve(vendors, options))
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The simulator cannot listen: {error.strerror or error}. Try --port-offset 100.", file=sys.stderr)
        return 1


def _vendors(options: argparse.Namespace) -> dict[str, Any]:
    if not _is_loopback(options.host):
        raise Wrong(f"{options.host} is no loopback address; the simulator is no server for real use.")
    names = [name.strip() for name in options.only.split(",")] if options.only else list(VENDORS)
    if unknown := [name for name in names if name not in VENDORS]:
        raise Wrong(f"There is no simulated vendor {unknown[0]}; there are: {', '.join(VENDORS)}.")
    settings: dict[str, dict[str, Any]] = {name: {} for name in VENDORS}
    for given in options.set:
        where, equals, value = given.partition("=")
        vendor, _, key = where.partition(".")
        if not equals or vendor not in VENDORS or key not in VENDORS[vendor][1]:
            known = ", ".join(f"{name}.{key}" for name, (_, keys) in VENDORS.items() for key in keys)
            raise Wrong(f"--set {given}: no such switch; there are: {known}.")
        kind = type(VENDORS[vendor][1][key])
        try:
            settings[vendor][key] = kind(value)
        except ValueError:
            raise Wrong(f"--set {given}: {key} has to be a {kind.__name__}.") from None
    for name in names:
        if "port" not in settings[name]:
            settings[name]["port"] = VENDORS[name][1]["port"] + options.port_offset
        if not 0 <= settings[name]["port"] <= 65535:
            raise Wrong(f"The port {settings[name]['port']} of {name} is none; choose another --port-offset.")
    try:
        vendors = {name: VENDORS[name][0](options.host, settings[name]) for name in names}
    except ValueError as error:
        raise Wrong(f"A switch has a value that cannot be used: {error}.") from None
    if "sip" in vendors:
        for vendor in vendors.values():
            if hasattr(vendor, "use_leg"):  # a PBX that has its sound from there
                vendor.use_leg(vendors["sip"].leg)
    return vendors


def _is_loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


async def _serve(vendors: dict[str, Any], options: argparse.Namespace) -> int:
    keep_to_loopback()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if options.until_stdin_closes:
        # A thread, for an event loop cannot watch what a shell may put there: a file, or /dev/null.
        threading.Thread(target=_drain_stdin, args=(loop, stop), daemon=True).start()
    try:
        said = await asyncio.gather(*(vendor.start() for vendor in vendors.values()))
        ready = dict(zip(vendors, said, strict=True))
        if options.accounts:
            try:
                _write_accounts(Path(options.accounts), vendors)
            except OSError as error:
                raise Wrong(f"Account files cannot be written to {options.accounts}: {error.strerror}.") from None
        print(json.dumps(ready), flush=True)
        await stop.wait()
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(vendor.close() for vendor in vendors.values())), _CLOSE_S)
    return 0


def _drain_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    with contextlib.suppress(RuntimeError):  # the loop may have ended by itself
        loop.call_soon_threadsafe(stop.set)


def _write_accounts(folder: Path, vendors: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for user in USERS:
        # The first vendor's file is just the user's name; with several each needs one of its own.
        files = {name: f"{user}-{name}" if number else user for number, name in enumerate(vendors)}
        for name, vendor in vendors.items():
            file = folder / f"{files[name]}.toml"
            account = vendor.account(user)
            if account.pop("sip_account", None) and "sip" in files:
                account["sip_account"] = files["sip"]
            lines = [f"{key} = {_toml(value)}" for key, value in account.items()]
            temporary = file.with_suffix(".new")
            temporary.touch(mode=0o600)
            temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
            temporary.rename(file)


def _toml(value: Any) -> str:
    # Texts, numbers and lists of them are written alike in JSON and TOML.
    return json.dumps(value, ensure_ascii=False)

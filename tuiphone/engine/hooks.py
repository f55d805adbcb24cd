"""Hooks: commands and addresses of the settings that are told of calls. How one is run is in running.py.

A command gets the call as one line of JSON on its standard input, an address as the body of a POST:

    {"event": "missed", "id": "work/3f2a", "call": "pbx/18483", "account": "work", "control": "pbx/18483",
     "control_account": "pbx", "direction": "incoming", "state": "ended",
     "number": "+84901234567", "kind": "phone", "name": "Nguyễn Văn An", "called": "+842473000001",
     "video": false, "quiet": false, "auto_answered": false,
     "started_at": "2026-11-27T14:02:11.250+07:00", "started_epoch": 1795762931.25,
     "answered_at": null, "answered_epoch": null,
     "ended_at": "2026-11-27T14:02:31.250+07:00", "ended_epoch": 1795762951.25,
     "duration_s": 0.0, "reason": "missed", "detail": null, "recording": null, "note": null}

`event` is ringing (a call comes in, also one that rings quietly), answered, ended or missed (after ended); `name` is
the contact's, or what the network says; `duration_s` is the time of talking. A call whose sound comes to a linked
account has two ids, and `id` and `account` may be of the one account first and of the other one then: `call` is the
same in all its events, the first id it had; `control` is its id at the account that commands the PBX and
`control_account` is that account, both null until that is known and for all other calls. `direction` is incoming also
of a call that was picked up for somebody else, as in the history. In its environment a command has
TUIPHONE_EVENT, TUIPHONE_CALL, TUIPHONE_ACCOUNT, TUIPHONE_DIRECTION, for plain telephone numbers TUIPHONE_NUMBER, and
TUIPHONE_PROFILE. Names are in the JSON alone: they are somebody else's text, and must come near no command line.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tuiphone.core.call import Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import CallAnswered, CallEnded, CallForgotten, CallMerged, CallRecorded, CallStarted
from tuiphone.core.ledger import Change
from tuiphone.core.ports import Directory
from tuiphone.engine import running
from tuiphone.store.hooks import Hook

log = logging.getLogger(__name__)

AT_ONCE = 4
APART_SECONDS = 0.02
"""Between the beginnings of two: each holds the loop up for some milliseconds, and several at once would be heard."""
MAX_WAITING = 100
"""Hooks that wait for their turn; what comes on top of them is dropped."""
GOODBYE_SECONDS = 3.0
"""How long hooks may go on when the engine ends."""
_PLAIN = re.compile(r"\+?[0-9*#]{1,32}")


class Hooks:
    """A listener of the phone; returns at once, whatever the hooks do. Those of one call run in its order."""

    def __init__(
        self,
        hooks: Callable[[], Mapping[str, tuple[Hook, ...]]],
        *,
        directory: Callable[[], Directory],
        say: Callable[[str], None],
        environment: Mapping[str, str],
    ) -> None:
        """`say` is told, in a sentence, of a hook that begins to fail; `environment` is what commands get."""
        self._hooks = hooks
        self._directory = directory
        self._say = say
        self._environment = environment
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._beginning = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[CallId, asyncio.Task[None]] = {}
        self._recordings: dict[CallId, str] = {}
        self._first: dict[CallId, CallId] = {}
        """What calls were called at first that have another name now."""
        self._failing: set[Hook] = set()
        self._is_dropping = False

    async def __call__(self, change: Change) -> None:
        """Have run what this change is for."""
        ref = getattr(change.event, "ref", None)
        if not isinstance(ref, str):
            return
        id = CallId(change.account, ref)
        match change.event:
            case CallRecorded(path=str() as path):
                self._recordings[id] = path
            case CallMerged(into=into):
                if change.before.call(id) is not None and change.before.call(into) is None:
                    self._first[into] = id
                if (last := self._last.pop(id, None)) is not None:
                    self._last.setdefault(into, last)
            case CallForgotten():
                self._recordings.pop(id, None)
                self._first.pop(id, None)
                self._last.pop(id, None)
            case _:
                pass
        call = change.after.call(id)
        if call is None or call == change.before.call(id):
            return
        match change.event:
            case CallStarted() if call.direction is CallDirection.INCOMING and change.before.call(id) is None:
                self._run("ringing", call)
            case CallAnswered():
                self._run("answered", call)
            case CallEnded():
                self._run("ended", call)
                if call.reason is EndReason.MISSED:
                    self._run("missed", call)
            case _:
                pass

    def _run(self, event: str, call: Call) -> None:
        if not (hooks := self._hooks().get(event, ())):
            return
        if len(self._tasks) >= MAX_WAITING:
            if not self._is_dropping:
                self._say(
                    f"{len(self._tasks)} hooks wait for their turn; further ones are left out until some are done."
                )
            self._is_dropping = True
            return
        self._is_dropping = self._is_dropping and bool(self._tasks)
        name = self._directory().name_of(call.peer, call.id.account)
        first = self._first.get(call.id, call.id)
        told = description(event, call, first=first, name=name, recording=self._recordings.get(call.id))
        task = asyncio.create_task(self._turn(self._last.get(call.id), hooks, told), name=f"hooks {event}")
        self._last[call.id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _turn(self, before: "asyncio.Task[None] | None", hooks: tuple[Hook, ...], told: dict[str, Any]) -> None:
        if before is not None:
            await asyncio.wait([before])
        await asyncio.gather(*(self._one(hook, told) for hook in hooks))

    async def _one(self, hook: Hook, told: dict[str, Any]) -> None:
        async with self._slots:
            async with self._beginning:
                await asyncio.sleep(APART_SECONDS)
            try:
                await running.run(hook, told, {**self._environment, **variables(told)})
            except PhoneError as error:
                # Told once, not for every call until it is put right; the log has the others.
                if hook not in self._failing:
                    self._say(f"The hook for {told['event']} calls failed: {error}")
                else:
                    log.warning("hook for %s: %s", told["event"], error)
                self._failing.add(hook)
            else:
                self._failing.discard(hook)

    async def close(self) -> None:
        """Let what is under way finish, for a moment."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GOODBYE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def description(event: str, call: Call, *, first: CallId, name: str | None, recording: str | None) -> dict[str, Any]:
    """The call as hooks get it; `first` is what it was called when it began."""
    told: dict[str, Any] = {
        "event": event,
        "id": str(call.id),
        "call": str(first),
        "account": call.id.account,
        "control": None if call.control is None else str(call.control),
        "control_account": None if call.control is None else call.control.account,
        "direction": (CallDirection.INCOMING if call.came_in else CallDirection.OUTGOING).value,
        "state": call.state.value,
        "number": call.peer.text,
        "kind": call.peer.kind.value,
        "name": name or call.peer.name,
        "called": call.caller,
        "video": call.video,
        "quiet": call.silenced,
        "auto_answered": call.auto_answered,
    }
    for what, at in (("started", call.started_at), ("answered", call.answered_at), ("ended", call.ended_at)):
        local = None if at is None else datetime.fromtimestamp(at).astimezone()
        told[f"{what}_at"] = None if local is None else local.isoformat(timespec="milliseconds")
        told[f"{what}_epoch"] = at
    over = call.state is CallState.ENDED and call.ended_at is not None
    told["duration_s"] = round(call.talk_s(call.ended_at or call.started_at), 3) if over else 0.0
    told["reason"] = None if call.reason is None else call.reason.value
    told |= {"detail": call.detail, "recording": call.recording or recording, "note": call.note}
    return told


def variables(told: Mapping[str, Any]) -> dict[str, str]:
    """What of a description goes into a command's environment: our own words, and numbers that are nothing else."""
    chosen = {"EVENT": told["event"], "CALL": told["id"], "ACCOUNT": told["account"], "DIRECTION": told["direction"]}
    if _PLAIN.fullmatch(told["number"]):
        chosen["NUMBER"] = told["number"]
    return {f"TUIPHONE_{key}": "".join(c for c in value if c.isprintable()) for key, value in chosen.items()}

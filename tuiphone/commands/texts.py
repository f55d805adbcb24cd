"""`message` and `messages`: texts sent and read from a shell."""

import argparse
import asyncio
import contextlib
import sys
import time

import msgspec

from tuiphone.commands.attach import NOT_ANSWERED, Failed, attached, plain, say, until_registered
from tuiphone.control.client import RemotePhone
from tuiphone.control.texts import Conversation
from tuiphone.core.errors import NotPossible
from tuiphone.core.model import MAX_MESSAGE, TextMessage, TextStatus

OUTCOME_SECONDS = 30.0
"""How long to wait for a server to tell what became of a message that it has taken."""


def message(options: argparse.Namespace) -> int:
    """Send a text message, and wait until the server has taken it and, where it tells that, until it is sent."""
    return asyncio.run(_message(options))


async def _message(options: argparse.Namespace) -> int:
    # One character more than may be sent is enough to know that it is too much.
    text = sys.stdin.read(MAX_MESSAGE + 2).rstrip("\n") if options.text == "-" else options.text
    async with attached(options, start=True) as phone:
        await until_registered(phone, options.account)
        sent = await phone.send_text(options.to, text, account=options.account, wait=True)
        if options.wait:
            sent = await _outcome(phone, sent)
    if options.json:
        say(_as_json(sent))
    if sent.status is TextStatus.FAILED:
        raise Failed(f"The message was not sent: {plain(sent.detail or 'nobody says why.')}", NOT_ANSWERED)
    if not options.json:
        print(_in_words(sent))
    return 0


async def _outcome(phone: RemotePhone, sent: TextMessage) -> TextMessage:
    """The message once it is known what became of it, or as it is when the time is over."""
    if sent.status is not TextStatus.SENDING:
        return sent
    seen = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(OUTCOME_SECONDS):
            async for _ in phone.news():
                if seen == (seen := phone.state.changes_of("texts")):
                    continue
                sent = await phone.whole_text(sent.id)
                if sent.status is not TextStatus.SENDING:
                    return sent
    return await phone.whole_text(sent.id)


def _in_words(sent: TextMessage) -> str:
    if sent.status is TextStatus.SENDING:
        what = "The server has taken the message, and does not say yet whether it is sent"
        return f"{what}; look later: tuiphone messages {plain(sent.peer.text)}"
    return f"The message is {sent.status.value}."


def messages(options: argparse.Namespace) -> int:
    """List conversations, or the messages of one."""
    return asyncio.run(_messages(options))


async def _messages(options: argparse.Namespace) -> int:
    limit = options.limit
    async with attached(options, start=True) as phone:
        if options.to is None:
            for conversation in await _conversations(phone, options, limit):
                _show_conversation(conversation, as_json=options.json)
        else:
            talk = await phone.conversation_with(options.to, account=options.account)
            for text in await _texts(phone, talk.person, limit):
                _show_text(text, as_json=options.json)
    return 0


async def _conversations(phone: RemotePhone, options: argparse.Namespace, limit: int) -> list[Conversation]:
    if options.find and options.unread:
        raise NotPossible("--find and --unread do not go together.")
    found: list[Conversation] = []
    before: int | None = None
    while len(found) < limit:
        page = await phone.conversations(
            options.find, unread=options.unread, before=before, limit=min(500, limit - len(found))
        )
        found += page.found[: limit - len(found)]
        last = page.found[-1].last if page.found else None
        if last is None or options.find or len(found) >= page.total:
            break
        before = last.id
    return found


async def _texts(phone: RemotePhone, person: str, limit: int) -> list[TextMessage]:
    found: list[TextMessage] = []
    while len(found) < limit:
        page = await phone.texts(person, before=found[0].id if found else None, limit=min(100, limit - len(found)))
        found = [*page.texts, *found]
        if page.is_first or not page.texts:
            break
    return found


def _show_conversation(conversation: Conversation, *, as_json: bool) -> None:
    if as_json:
        return say(msgspec.to_builtins(conversation))
    text = conversation.found or conversation.last
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(text.at)) if text is not None else " " * 16
    said = plain(" ".join(text.text.split()))[:60] if text is not None else ""
    new = f"{conversation.unread} new" if conversation.unread else ""
    print(f"{when}  {plain(conversation.peer.label):<24} {new:<8} {plain(conversation.account):<12} {said}")


def _show_text(text: TextMessage, *, as_json: bool) -> None:
    if as_json:
        return say(_as_json(text))
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(text.at))
    status = "" if text.incoming else f" [{text.status.value}{f': {plain(text.detail)}' if text.detail else ''}]"
    name = plain(text.peer.label) if text.incoming else "me"
    lines = [plain(line) for line in text.text.splitlines()] or [""]
    print(f"{when}  {name}: {lines[0]}{status if len(lines) == 1 else ''}")
    for number, line in enumerate(lines[1:], start=2):
        print(f"{' ' * 18}{line}{status if number == len(lines) else ''}")


def _as_json(text: TextMessage) -> dict[str, object]:
    return msgspec.to_builtins(text)

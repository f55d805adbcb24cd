"""TextMessages in the database: kept before anybody is told of them, paged by person, searched by person and words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import Any

from tuiphone.core.model import Address, AddressKind, TextMessage, TextStatus
from tuiphone.store import numbers, rows
from tuiphone.store.db import Database

MAX_TEXT = 32_768
"""Characters kept of a message: it comes from the network."""
MAX_PAGE = 500
MAX_FOUND = 5000
"""Messages with the words of a search that are looked at, the newest."""
MAX_SCANNED = 50_000
"""Messages looked through for words too short for the index, the newest."""
TOPIC = "~"
"""The first character of a topic's key."""
CRASHED = "tuiphone stopped before the server had taken it; it may have arrived."
UNTOLD = "tuiphone stopped before the server said whether it was sent; it may have arrived."
_COLUMNS = "id, account, kind, peer, name, text, incoming, at, status, detail, ref, call, seen"
_TRIGRAM = 3
_LATER = (TextStatus.SENDING, TextStatus.SENT, TextStatus.DELIVERED, TextStatus.READ)
"""What becomes of a message, in this order and never back."""


@dataclass(frozen=True, slots=True)
class Whose:
    """What it takes to tell one person's addresses from another's."""

    scope: str
    """Users of the same name are one person within it."""
    country: str | None = None
    """How numbers without + are read."""
    is_topic: bool = False
    """It is no person but a topic, which may be called as a user is."""

    def key_of(self, peer: Address) -> str:
        """What all addresses of this person have in common. Reads numbering plans: not for the phone's loop."""
        if self.is_topic:
            return rows.clean(f"{TOPIC}{self.scope}/{peer.text}")
        return rows.clean(numbers.key_of(peer, self.country, self.scope))


@dataclass(frozen=True, slots=True)
class Thread:
    """Everything to and from one person."""

    person: str
    last: TextMessage
    unread: int


@dataclass(frozen=True, slots=True)
class TextPage:
    """A stretch of one person's messages, oldest first."""

    texts: tuple[TextMessage, ...]
    is_first: bool
    """There is nothing older."""
    is_last: bool
    """There is nothing newer."""


class Texts:
    """Every message of this profile. All methods may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- written

    async def add(self, messages: Iterable[tuple[TextMessage, Whose]]) -> list[TextMessage]:
        """Keep messages; they are on the disk when this returns, with the ids they have there."""
        given = list(messages)
        return await self._database.write(lambda connection: [_insert(connection, *each) for each in given])

    async def receive(self, messages: Iterable[tuple[TextMessage, Whose]]) -> list[bool]:
        """Keep messages that came, as `add` does; says of each whether it is new. One with a ref whose words came
        before under the same ref is the same one: its server did not hear that it had arrived."""
        given = list(messages)
        return await self._database.write(lambda connection: [_receive(connection, *each) for each in given])

    async def finish(self, id: int, status: TextStatus, *, detail: str | None = None, ref: str | None = None) -> None:
        """What came of handing a message over to its provider."""

        def work(connection: Connection) -> None:
            connection.execute(
                "UPDATE texts SET status = ?, detail = ?, ref = ? WHERE id = ?",
                (status.value, _optional(detail), _optional(ref), id),
            )

        await self._database.write(work)

    async def follow(self, account: str, ref: str, status: TextStatus, detail: str | None) -> bool:
        """What the provider says became of a message later; False when there is none with this ref."""

        def work(connection: Connection) -> bool:
            found = connection.execute(
                "SELECT id, status FROM texts WHERE account = ? AND ref = ? AND incoming = 0 ORDER BY id DESC LIMIT 1",
                (rows.clean(account), rows.clean(ref)),
            ).fetchone()
            if found is not None and _is_later(TextStatus(found[1]), status):
                connection.execute(
                    "UPDATE texts SET status = ?, detail = ? WHERE id = ?", (status.value, _optional(detail), found[0])
                )
            return found is not None

        return await self._database.write(work)

    async def renew(self, id: int, at: float) -> TextMessage | None:
        """Make the newest of a message that was not sent, about to be sent again; None when there is none such."""

        def work(connection: Connection) -> TextMessage | None:
            row = connection.execute(
                f"SELECT person, {_COLUMNS} FROM texts WHERE id = ? AND status = ?", (id, TextStatus.FAILED.value)
            ).fetchone()
            if row is None:
                return None
            connection.execute("DELETE FROM texts WHERE id = ?", (id,))
            again = replace(_text_of(row[1:]), at=at, status=TextStatus.SENDING, detail=None, ref=None)
            return _insert_of(connection, again, row[0])

        return await self._database.write(work)

    async def repair(self) -> int:
        """Messages a dead engine was sending were not sent, as far as anybody knows; returns how many."""

        def work(connection: Connection) -> int:
            return connection.execute(
                "UPDATE texts SET status = ?, detail = iif(ref IS NULL, ?, ?) WHERE status = 'sending'",
                (TextStatus.FAILED.value, CRASHED, UNTOLD),
            ).rowcount

        return await self._database.write(work)

    async def see(self, person: str, up_to: int) -> int:
        """Messages of this person up to this id have been read; returns how many are unread in all."""

        def work(connection: Connection) -> int:
            connection.execute(
                "UPDATE texts SET seen = 1 WHERE person = ? AND id <= ? AND seen = 0", (rows.clean(person), up_to)
            )
            return _unread(connection)

        return await self._database.write(work)

    async def remove(self, id: int) -> int:
        """Delete a message; returns how many are unread in all."""
        return await self._delete("id = ?", id)

    async def remove_all(self, person: str) -> int:
        """Delete everything to and from a person; returns how many are unread in all."""
        return await self._delete("person = ?", rows.clean(person))

    async def _delete(self, condition: str, value: object) -> int:
        def work(connection: Connection) -> int:
            connection.execute(f"DELETE FROM texts WHERE {condition}", (value,))
            return _unread(connection)

        return await self._database.write(work)

    # -- asked

    async def unread(self) -> int:
        """Messages nobody has read."""
        return await self._database.read(_unread)

    async def get(self, id: int) -> TextMessage | None:
        """One message, whole."""

        def work(connection: Connection) -> TextMessage | None:
            row = connection.execute(f"SELECT {_COLUMNS} FROM texts WHERE id = ?", (id,)).fetchone()
            return None if row is None else _text_of(row)

        return await self._database.read(work)

    async def person_of(self, peer: Address, whose: Whose) -> str:
        """Under which key this person's messages are kept."""
        return await self._database.read(lambda _: whose.key_of(peer))

    async def threads(
        self, *, before: int | None = None, limit: int = 100, unread: bool = False
    ) -> tuple[tuple[Thread, ...], int]:
        """Conversations, the latest first, and how many there are; `before` is the id of a conversation's last text."""
        limit = max(1, min(limit, MAX_PAGE))

        def work(connection: Connection) -> tuple[tuple[Thread, ...], int]:
            only = "person IN (SELECT person FROM texts WHERE seen = 0)" if unread else "1"
            total = connection.execute(f"SELECT count(*) FROM conversations WHERE {only}").fetchone()[0]
            found = connection.execute(
                f"SELECT person, last FROM conversations WHERE {only} AND last < ? ORDER BY last DESC LIMIT ?",
                (2**63 - 1 if before is None else before, limit),
            ).fetchall()
            return tuple(_thread(connection, person, last) for person, last in found), total

        return await self._database.read(work)

    async def threads_of(self, persons: Iterable[str]) -> tuple[Thread, ...]:
        """The conversations with these people, the latest first."""
        wanted = list(persons)

        def work(connection: Connection) -> tuple[Thread, ...]:
            found = [
                (person, *row)
                for person in wanted
                if (row := connection.execute("SELECT last FROM conversations WHERE person = ?", (person,)).fetchone())
            ]
            found.sort(key=lambda row: row[1], reverse=True)
            return tuple(_thread(connection, person, last) for person, last in found[:MAX_PAGE])

        return await self._database.read(work)

    async def people(self) -> list[tuple[str, str, Address]]:
        """Everybody there are messages with: key, account and address of the last one."""

        def work(connection: Connection) -> list[tuple[str, str, Address]]:
            found = connection.execute(
                "SELECT conversations.person, account, kind, peer, name FROM conversations "
                "JOIN texts ON texts.id = last ORDER BY last DESC"
            )
            return [(person, account, Address(AddressKind(kind), *rest)) for person, account, kind, *rest in found]

        return await self._database.read(work)

    async def find(self, text: str) -> dict[str, TextMessage]:
        """Who has messages with all these words, and the newest of them each."""
        words = rows.folded(text[: rows.MAX_QUERY]).split()
        return await self._database.read(lambda connection: _find(connection, words)) if words else {}

    async def page(
        self, person: str, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> TextPage:
        """Messages of this person, oldest first: those just before an id or just after one, else the newest."""
        limit, person = max(1, min(limit, MAX_PAGE)), rows.clean(person)

        def work(connection: Connection) -> TextPage:
            ahead = after is not None
            edge, order = (after, "ASC") if ahead else (2**63 - 1 if before is None else before, "DESC")
            found = connection.execute(
                f"SELECT {_COLUMNS} FROM texts WHERE person = ? AND id {'>' if ahead else '<'} ? "
                f"ORDER BY id {order} LIMIT ?",
                (person, edge, limit),
            ).fetchall()
            texts = [_text_of(row) for row in (found if ahead else reversed(found))]
            first, last = connection.execute(
                "SELECT (SELECT min(id) FROM texts WHERE person = ?), "
                "(SELECT last FROM conversations WHERE person = ?)",
                (person, person),
            ).fetchone()
            is_first = first is None or (texts[0].id <= first if texts else not ahead)
            is_last = last is None or (texts[-1].id >= last if texts else ahead)
            return TextPage(tuple(texts), is_first, is_last)

        return await self._database.read(work)


def _receive(connection: Connection, message: TextMessage, whose: Whose) -> bool:
    if message.ref is not None:
        known = connection.execute(
            "SELECT 1 FROM texts WHERE account = ? AND ref = ? AND incoming = 1 AND text = ?",
            (rows.clean(message.account), rows.clean(message.ref), _clean(message.text)),
        )
        if known.fetchone() is not None:
            return False
    _insert(connection, message, whose)
    return True


def _insert(connection: Connection, message: TextMessage, whose: Whose) -> TextMessage:
    return _insert_of(connection, message, whose.key_of(message.peer))


def _insert_of(connection: Connection, message: TextMessage, person: str) -> TextMessage:
    text = _clean(message.text)
    values: dict[str, Any] = {
        "person": person,
        "account": rows.clean(message.account),
        "kind": message.peer.kind.value,
        "peer": rows.clean(message.peer.text),
        "name": _optional(message.peer.name),
        "text": text,
        "folded": _folded(text),
        "incoming": message.incoming,
        "at": message.at,
        "status": message.status.value,
        "detail": _optional(message.detail),
        "ref": _optional(message.ref),
        "call": _optional(message.call),
        "seen": message.seen,
    }
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    id = connection.execute(f"INSERT INTO texts ({names}) VALUES ({marks})", values).lastrowid
    return replace(message, id=id or 0, text=text)


def _clean(text: str) -> str:
    return text[:MAX_TEXT].encode("utf-8", "replace").decode().replace("\0", "")


def _folded(text: str) -> str:
    # `rows.folded` is made for names, and keeps no more than a name may have.
    step = rows.MAX_STORED
    return "".join(rows.folded(text[at : at + step]) for at in range(0, len(text), step))


def _optional(text: str | None) -> str | None:
    return None if text is None else rows.clean(text)


def _is_later(now: TextStatus, told: TextStatus) -> bool:
    if told is TextStatus.FAILED:
        return now is not TextStatus.READ
    return told in _LATER and (now not in _LATER or _LATER.index(told) > _LATER.index(now))


def _thread(connection: Connection, person: str, last: int) -> Thread:
    row = connection.execute(f"SELECT {_COLUMNS} FROM texts WHERE id = ?", (last,)).fetchone()
    unread = connection.execute("SELECT count(*) FROM texts WHERE person = ? AND seen = 0", (person,)).fetchone()[0]
    return Thread(person, _text_of(row), unread)


def _unread(connection: Connection) -> int:
    return connection.execute("SELECT count(*) FROM texts WHERE seen = 0").fetchone()[0]


def _find(connection: Connection, words: list[str]) -> dict[str, TextMessage]:
    long = [word for word in words if len(word) >= _TRIGRAM]
    short = [word for word in words if len(word) < _TRIGRAM]
    also = "".join(" AND instr(folded, ?) > 0" for _ in short)
    if long:
        match = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
        source = "id IN (SELECT rowid FROM texts_words WHERE texts_words MATCH ? ORDER BY rowid DESC LIMIT ?)"
        values: list[object] = [match, MAX_FOUND]
    else:
        source = "id > (SELECT max(id) FROM texts) - ?"
        values = [MAX_SCANNED]
    found = connection.execute(
        f"SELECT person, max(id) FROM texts WHERE {source}{also} GROUP BY person", [*values, *short]
    ).fetchall()
    newest = sorted(found, key=lambda row: row[1], reverse=True)[:MAX_PAGE]
    return {
        person: _text_of(connection.execute(f"SELECT {_COLUMNS} FROM texts WHERE id = ?", (id,)).fetchone())
        for person, id in newest
    }


def _text_of(row: tuple[Any, ...]) -> TextMessage:
    id, account, kind, peer, name, text, incoming, at, status, detail, ref, call, seen = row
    return TextMessage(
        id=id,
        account=account,
        peer=Address(AddressKind(kind), peer, name),
        text=text,
        incoming=bool(incoming),
        at=at,
        status=TextStatus(status),
        detail=detail,
        ref=ref,
        call=call,
        seen=bool(seen),
    )

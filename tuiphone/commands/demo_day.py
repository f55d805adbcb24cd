"""What the demo's phone looks like after a working week: people, calls, recordings and messages, all made up.

Everybody here answers: the numbers are telephones of the simulator, the users are its robots.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tuiphone.core.model import (
    Address,
    AddressKind,
    CallRecord,
    Contact,
    ContactAddress,
    RecordResult,
    TextMessage,
    TextStatus,
)

ACCOUNT = "alice"
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo's address book."""

    name: str
    addresses: tuple[tuple[str, str], ...]
    """Label and address; those that begin with + are telephones."""
    favourite: bool = False
    note: str | None = None

    @property
    def first(self) -> Address:
        """The address that calls in the history went to."""
        return _address(self.addresses[0][1])


PEOPLE = (
    Person("Nguyễn Văn An", (("mobile", "+84901234567"), ("work", "+842473001122")), True, "Buys for three shops."),
    Person("Trần Thị Bích Ngọc", (("mobile", "+84912345678"),), note="Speaks English and French."),
    Person("Lê Hoàng Minh", (("work", "+842838221133"), ("mobile", "+84938112277"))),
    Person("Phạm Thu Hà", (("mobile", "+84987654321"),)),
    Person("Ольга Петрова", (("work", "+74951234567"), ("mobile", "+79165550142")), True, "Accounts department."),
    Person("Дмитрий Соколов", (("mobile", "+79215550123"),)),
    Person("Наталья Ковалёва", (("work", "+78123334455"),)),
    Person("अनन्या शर्मा", (("mobile", "+919820012345"),), True),
    Person("राहुल वर्मा", (("work", "+911123456789"),)),
    Person("प्रिया नायर", (("mobile", "+919845098450"),)),
    Person("Emily Carter", (("work", "+14155550132"), ("mobile", "+14155550177"))),
    Person("James O’Connor", (("work", "+442079460958"),), note="Prefers mornings, London time."),
    Person("佐藤 健", (("mobile", "+819012345678"),)),
    Person("Help desk", (("voice", "voice"),), True, "A robot that answers and talks back."),
    Person("Echo test", (("echo", "echo"),), note="Repeats what you say."),
)

TODAY = (
    # minutes ago, person, incoming, seconds talked, result, note
    (6, 4, True, 0, RecordResult.MISSED, None),
    (31, 0, False, 19, RecordResult.ANSWERED, "Wants the new price list by Friday."),
    (48, 7, True, 17, RecordResult.ANSWERED, None),
    (75, 11, True, 0, RecordResult.MISSED, None),
    (83, 13, False, 48, RecordResult.ANSWERED, None),
    (118, 10, False, 0, RecordResult.NOT_ANSWERED, None),
    (121, 10, False, 0, RecordResult.BUSY, None),
    (164, 1, True, 18, RecordResult.ANSWERED, "Ticket 4711: sends the photos by mail."),
    (203, 14, False, 22, RecordResult.ANSWERED, None),
)
RECORDED = (1, 2, 7)
"""Which of today's calls were recorded."""
UNANSWERED = (RecordResult.NOT_ANSWERED, RecordResult.NOT_ANSWERED, RecordResult.BUSY)
SAID = (
    # minutes ago, user, incoming, text
    (1500, "bob", True, "Are you in the office tomorrow?"),
    (1496, "bob", False, "From nine. Call me on the desk phone."),
    (52, "bob", True, "The van is at the gate, who lets them in?"),
    (51, "bob", False, "Ольга is on her way."),
    (12, "bob", True, "Cảm ơn! Done, all 14 boxes are in."),
)
SENTENCES = ("greeting", "reply-1", "reply-3", "reply-5")


def _address(text: str) -> Address:
    return Address(AddressKind.PHONE if text.startswith("+") else AddressKind.USER, text)


def contacts() -> Iterator[Contact]:
    """The address book."""
    for person in PEOPLE:
        addresses = tuple(ContactAddress(_address(text), label) for label, text in person.addresses)
        yield Contact(0, person.name, addresses, person.favourite, person.note)


def records(now: float, recording_of: dict[int, str]) -> Iterator[CallRecord]:
    """Past calls: today's, and a working week before; `recording_of` names the files of RECORDED."""
    for number, (minutes, who, incoming, talk, result, note) in enumerate(TODAY):
        yield _record(
            f"today-{number}", who, now - 60.0 * minutes, incoming, talk, result, note, recording_of.get(number)
        )
    chance = random.Random(2026)
    for day in range(1, 12):
        if time.localtime(now - day * DAY).tm_wday >= 5:
            continue
        for number in range(chance.randint(3, 7)):
            at = now - day * DAY - chance.uniform(-3, 5) * 3600
            who, incoming = chance.randrange(len(PEOPLE)), chance.random() < 0.45
            answered = chance.random() < 0.72
            unanswered = RecordResult.MISSED if incoming else chance.choice(UNANSWERED)
            talk = int(chance.lognormvariate(4.6, 0.9)) if answered else 0
            result = RecordResult.ANSWERED if answered else unanswered
            yield _record(f"day-{day}-{number}", who, at, incoming, talk, result, None, None)


def _record(
    ref: str, who: int, at: float, incoming: bool, talk: int, result: RecordResult, note: str | None, file: str | None
) -> CallRecord:
    answered_at = at + 5.0 if talk else None
    person = PEOPLE[who]
    return CallRecord(
        id=0,
        account=ACCOUNT,
        ref=f"seed-{ref}",
        peer=Address(person.first.kind, person.first.text, person.name),
        incoming=incoming,
        video=False,
        started_at=at,
        answered_at=answered_at,
        ended_at=(answered_at or at + 18.0) + talk,
        result=result,
        note=note,
        recording=file,
        # The missed calls of today are still to be looked at.
        seen=result is not RecordResult.MISSED or not ref.startswith("today"),
    )


def texts(now: float) -> Iterator[TextMessage]:
    """Messages with the user who has the demo's second account."""
    for number, (minutes, user, incoming, text) in enumerate(SAID):
        yield TextMessage(
            id=0,
            account=ACCOUNT,
            peer=Address(AddressKind.USER, user),
            text=text,
            incoming=incoming,
            at=now - 60.0 * minutes,
            status=TextStatus.RECEIVED if incoming else TextStatus.SENT,
            ref=f"seed-{number}",
            seen=number < len(SAID) - 1,
        )

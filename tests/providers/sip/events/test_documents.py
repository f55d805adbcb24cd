"""What servers write about people, lines and mailboxes: as the RFCs have it, as others write it, and hostile."""

import contextlib
import random

import pytest

from tuiphone.core.errors import BadFrame
from tuiphone.core.model import Availability, LineState, Presence
from tuiphone.providers.sip.documents import MAX_DOCUMENT, MAX_TEXT, read
from tuiphone.providers.sip.lines import MAX_DIALOGS, LineWatch, OutOfOrder
from tuiphone.providers.sip.presence import read_presence, write_presence
from tuiphone.providers.sip.uri import Uri
from tuiphone.providers.sip.voicemail import Summary, read_summary

ONLINE, OFFLINE, UNKNOWN = Availability
PIDF = '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:bob@pbx.example">{}</presence>'
OPEN = "<tuple id='a'><status><basic>open</basic></status>{}</tuple>"
CLOSED = "<tuple id='b'><status><basic>closed</basic></status>{}</tuple>"
RPID = (
    "<dm:person xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' xmlns:r='urn:ietf:params:xml:ns:pidf:rpid' id='p'>"
    "<r:activities>{}</r:activities></dm:person>"
)


@pytest.mark.parametrize(
    ("inside", "presence"),
    [
        (OPEN.format(""), Presence(ONLINE)),
        (CLOSED.format(""), Presence(OFFLINE)),
        ("", Presence(UNKNOWN)),
        ("<tuple id='a'><status/></tuple>", Presence(UNKNOWN)),
        (OPEN.format("") + CLOSED.format(""), Presence(ONLINE)),
        (CLOSED.format("<note>gone</note>") + OPEN.format("<note>here</note>"), Presence(ONLINE, "here")),
        (CLOSED.format("<note>gone\n home</note>"), Presence(OFFLINE, "gone home")),
        (OPEN.format("") + "<note xml:lang='en'>about</note>", Presence(ONLINE, "about")),
        (OPEN.format("") + RPID.format("<r:on-the-phone/>"), Presence(ONLINE, "on the phone")),
        (OPEN.format("<note>talking</note>") + RPID.format("<r:on-the-phone/>"), Presence(ONLINE, "talking")),
        (OPEN.format("") + RPID.format("<r:unknown/><r:away/>"), Presence(ONLINE, "away")),
        (OPEN.format("") + RPID.format("<r:other>x</r:other>"), Presence(ONLINE)),
        (OPEN.format("<note>\x85\u202e[red]&lt;b&gt;</note>"), Presence(ONLINE, "[red]<b>")),
        (OPEN.format(f"<note>{'x' * 5000}</note>"), Presence(ONLINE, "x" * MAX_TEXT)),
        ("<tuple id='a'><status><basic> OPEN\n</basic></status></tuple>", Presence(ONLINE)),
    ],
)
def test_a_presence_document_says_how_somebody_is(inside: str, presence: Presence) -> None:
    assert read_presence(PIDF.format(inside).encode()) == presence


def test_the_namespace_and_the_declaration_may_be_anything() -> None:
    for start in ("", '<?xml version="1.0" encoding="UTF-8"?>\r\n', "\ufeff", " \r\n"):
        document = f"{start}<p:presence xmlns:p='urn:x'><p:tuple id='a'><p:status><p:basic>open</p:basic></p:status>"
        assert read_presence(f"{document}</p:tuple></p:presence>".encode()) == Presence(ONLINE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<presence>",
        b"<dialog-info/>",
        b'<!DOCTYPE p [<!ENTITY a "b">]><presence>&a;</presence>',
        b'<!DOCTYPE p SYSTEM "file:///etc/passwd"><presence/>',
        b'<?xml version="1.0" encoding="nonsense"?><presence/>',
        b"<presence>" + b"<a/>" * 5000 + b"</presence>",
        b"<a>" * 3000,
        b"<presence>" + b"x" * MAX_DOCUMENT + b"</presence>",
        b"\xff\xfe<\x00",
        b"<presence>\x00</presence>",
    ],
)
def test_what_is_no_such_document_is_refused(body: bytes) -> None:
    with pytest.raises(BadFrame):
        read(body, "presence")


@pytest.mark.parametrize(
    "presence",
    [
        Presence(ONLINE),
        Presence(OFFLINE, "gone"),
        Presence(ONLINE, 'a <b> & "c" \u1e41'),
        Presence(ONLINE, "]]><note>x</note>"),
    ],
)
def test_what_we_write_of_ourselves_is_read_as_it_was_meant(presence: Presence) -> None:
    assert read_presence(write_presence('sip:a"b&c@pbx.example', "t1", presence)) == presence


def test_a_note_without_a_word_on_being_there_says_that_we_are() -> None:
    body = write_presence("sip:alice@pbx.example", "t1", Presence(note="at \x1b[2Jlunch"))
    assert read_presence(body) == Presence(ONLINE, "at [2Jlunch")


def test_whatever_comes_is_read_or_refused() -> None:
    dice = random.Random(7)
    documents = [
        PIDF.format(OPEN.format("<note>hi</note>") + RPID.format("<r:away/>")).encode(),
        info(dialog("early", more='<target uri="sip:bob@192.0.2.9"/>'), version=3),
        b"Messages-Waiting: yes\r\nMessage-Account: sip:*97@x\r\nVoice-Message: 2/8 (0/2)\r\n",
    ]
    for _ in range(1500):
        body = bytearray(dice.choice(documents))
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(body))
            match dice.randrange(4):
                case 0:
                    body[at] = dice.randrange(256)
                case 1:
                    del body[at : at + dice.randrange(20)]
                case 2:
                    body[at:at] = body[at : at + dice.randrange(40)]
                case _:
                    body[at:at] = dice.choice((b"<", b">", b"&", b'"', b"\x00", b"]]>", b"<!--", b"\xff\xfe", b"sip:"))
        for reader in (read_presence, LineWatch().take, read_summary):
            with contextlib.suppress(BadFrame):
                reader(bytes(body))


# -- lines ----------------------------------------------------------------------------------------------------------


def info(*dialogs: str, version: int | str = 1, state: str = "full") -> bytes:
    return (
        f'<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" '
        f'state="{state}" entity="sip:102@pbx.example">{"".join(dialogs)}</dialog-info>'
    ).encode()


def dialog(phase: str, *, id: str = "d1", direction: str = "recipient", more: str = "", tags: bool = True) -> str:
    named = 'call-id="c1" local-tag="lt" remote-tag="rt"' if tags else ""
    return (
        f'<dialog id="{id}" {named} direction="{direction}"><state>{phase}</state>'
        f'<remote><identity display="Bob">sip:bob@pbx.example</identity>{more}</remote></dialog>'
    )


@pytest.mark.parametrize(
    ("dialogs", "state", "incoming"),
    [
        ((), LineState.IDLE, None),
        ((dialog("terminated"),), LineState.IDLE, None),
        ((dialog("trying", direction="initiator"),), LineState.RINGING, False),
        ((dialog("early", direction="initiator"),), LineState.RINGING, False),
        ((dialog("early"),), LineState.RINGING, True),
        ((dialog("early", direction=""),), LineState.RINGING, None),
        ((dialog("confirmed"),), LineState.BUSY, True),
        ((dialog("confirmed"), dialog("early", id="d2")), LineState.RINGING, True),
        ((dialog("early", direction="initiator"), dialog("confirmed", id="d2")), LineState.BUSY, True),
        ((dialog("dancing"),), LineState.IDLE, None),
        (("<dialog><state>confirmed</state></dialog>",), LineState.IDLE, None),
        (("<dialog id='x'/>",), LineState.IDLE, None),
    ],
)
def test_dialog_information_says_what_a_line_does(
    dialogs: tuple[str, ...], state: LineState, incoming: bool | None
) -> None:
    watch = LineWatch()
    assert watch.take(info(*dialogs))
    shown, by = watch.shown
    assert shown is state
    assert (None if by is None else by.incoming) is incoming


def test_who_is_at_the_other_end_is_told() -> None:
    watch = LineWatch()
    watch.take(info(dialog("confirmed")))
    _, by = watch.shown
    assert by is not None
    assert by.peer is not None
    assert (by.peer.display, by.peer.uri) == ("Bob", Uri.parse("sip:bob@pbx.example"))


def test_what_rings_can_be_taken_at_its_caller_and_only_while_it_rings() -> None:
    watch = LineWatch()
    assert watch.ringing is None
    watch.take(info(dialog("early", more='<target uri="sip:bob@192.0.2.9:5060"/>')))
    rings = watch.ringing
    assert rings is not None
    assert rings.target == Uri.parse("sip:bob@192.0.2.9:5060")
    assert str(rings.replaces) == "c1;to-tag=rt;from-tag=lt;early-only", "as the caller sees it"
    watch.take(info(dialog("confirmed"), version=2))
    assert watch.ringing is None


@pytest.mark.parametrize(
    "more", ["", '<target uri="sip:x@abc.invalid;transport=ws"/>', '<target uri="tel:+1"/>', '<target uri="??"/>']
)
def test_a_caller_whose_device_cannot_be_reached_is_asked_by_their_address(more: str) -> None:
    watch = LineWatch()
    watch.take(info(dialog("early", more=more)))
    assert watch.ringing is not None
    assert watch.ringing.target == Uri.parse("sip:bob@pbx.example")


@pytest.mark.parametrize(
    "one", [dialog("early", tags=False), dialog("early", direction="initiator"), dialog("confirmed")]
)
def test_what_is_not_named_well_enough_or_does_not_ring_there_cannot_be_taken(one: str) -> None:
    watch = LineWatch()
    watch.take(info(one))
    assert watch.ringing is None


def test_a_part_changes_its_dialogs_and_no_others() -> None:
    watch = LineWatch()
    watch.take(info(dialog("confirmed"), dialog("early", id="d2")))
    assert watch.take(info(dialog("terminated", id="d2"), version=2, state="partial"))
    assert watch.shown[0] is LineState.BUSY
    assert watch.take(info(dialog("terminated"), version=3, state="partial"))
    assert watch.shown[0] is LineState.IDLE
    assert watch.take(info(dialog("early", id="d3"), version=9)), "all of it may come at any time"
    assert watch.shown[0] is LineState.RINGING


@pytest.mark.parametrize("version", [1, 0])
def test_what_was_overtaken_is_left_out(version: int) -> None:
    watch = LineWatch()
    watch.take(info(dialog("confirmed")))
    for state in ("full", "partial"):
        assert not watch.take(info(version=version, state=state))
    assert watch.shown[0] is LineState.BUSY


@pytest.mark.parametrize("before", [None, 1])
def test_a_part_before_which_another_is_missing_counts_and_asks_for_all(before: int | None) -> None:
    watch = LineWatch()
    if before is not None:
        watch.take(info(version=before))
    with pytest.raises(OutOfOrder):
        watch.take(info(dialog("early"), version=3, state="partial"))
    assert watch.shown[0] is LineState.RINGING


def test_documents_without_a_version_each_tell_all() -> None:
    watch = LineWatch()
    for phase, state in (("early", LineState.RINGING), ("confirmed", LineState.BUSY), ("terminated", LineState.IDLE)):
        assert watch.take(info(dialog(phase), version="", state=""))
        assert watch.shown[0] is state


def test_calls_without_end_are_not_listened_to() -> None:
    watch = LineWatch()
    watch.take(info(*(dialog("confirmed", id=f"d{number}") for number in range(MAX_DIALOGS))))
    watch.take(info(dialog("early", id="more"), version=2, state="partial"))
    assert watch.shown[0] is LineState.BUSY


# -- the mailbox ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "summary"),
    [
        ("Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n", Summary(2, 8)),
        (
            "Messages-Waiting: yes\r\nMessage-Account: sip:*97@pbx.example\r\nVoice-Message: 4/8\r\n",
            Summary(4, 8, Uri.parse("sip:*97@pbx.example")),
        ),
        ("messages-waiting:no\nvoice-message: 0 / 3\n", Summary(0, 3)),
        ("Messages-Waiting: yes\r\n", Summary(1)),
        ("Messages-Waiting: no", Summary(0)),
        ("Messages-Waiting: yes\r\nVoice-Message:\r\n 2/1\r\n", Summary(2, 1)),
        ("Messages-Waiting: yes\r\nVoice-Message: 999999999/1\r\n", Summary(99_999, 1)),
        ("Messages-Waiting: yes\r\nMessage-Account: javascript:x\r\nVoice-Message: 1/0", Summary(1)),
        ("Messages-Waiting: yes\r\nMessage-Account: <tel:+8490>\r\n", Summary(1, 0, Uri.parse("tel:+8490"))),
        ("Messages-Waiting: yes\r\nFax-Message: 3/0\r\nVoice-Message: 0/0\r\n", Summary(0)),
    ],
)
def test_a_message_summary_says_what_waits(body: str, summary: Summary) -> None:
    assert read_summary(body.encode()) == summary


@pytest.mark.parametrize("body", [b"", b"hello", b"Messages-Waiting: perhaps", b"\xff\x00", b"Voice-Message: x/y"])
def test_what_is_no_summary_is_refused(body: bytes) -> None:
    with pytest.raises(BadFrame):
        read_summary(body)

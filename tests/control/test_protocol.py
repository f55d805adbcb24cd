"""The messages: each survives the way there, and nothing else is taken for one."""

import json
import subprocess
import sys
from typing import Any, get_args

import msgspec
import pytest

from tests.core.build import BOB, ID, call, with_calls
from tests.fakes import EVERYTHING
from tuiphone.control import protocol
from tuiphone.control.accounts import (
    AccountFile,
    DescribeProviders,
    FilledForm,
    FormField,
    ProviderForm,
    ProviderForms,
    ReadAccount,
    ReloadAccounts,
    Reloaded,
    RemoveAccount,
    RetryAccount,
    SaveAccount,
    SwitchAccount,
    TryAccount,
    Verdict,
)
from tuiphone.control.attention import Claimed, ClaimNotice, SetDisturb
from tuiphone.control.calls import (
    Answer,
    Camera,
    Connect,
    Consult,
    Dial,
    Dtmf,
    Forward,
    Hangup,
    Hold,
    Info,
    Join,
    Mute,
    Note,
    Record,
    Reject,
    Silence,
    Split,
    Started,
    Swap,
    SwitchCamera,
    Transfer,
)
from tuiphone.control.cards import Card, CrmPage, ReadCard, ReadCrmPage
from tuiphone.control.contacts import (
    AddToRoster,
    ContactGroup,
    ContactKept,
    ContactLine,
    ContactsExported,
    ContactsImported,
    ContactsMerged,
    ContactsPage,
    ExportContacts,
    ImportContacts,
    KeepContact,
    MarkFavourite,
    MergeContacts,
    PublishStatus,
    ReadContacts,
    RemoveContact,
)
from tuiphone.control.desk import CallDeskBack, DeskCallDone, DeskDone, RedirectDeskCall, TakeDeskCall, WatchDesk
from tuiphone.control.groups import Invite, StartGroup, TakeOut
from tuiphone.control.history import (
    Exported,
    ExportHistory,
    Fetched,
    FetchOlder,
    HistoryPage,
    NoteRecord,
    ReadHistory,
    RemoveRecord,
    SeeMissed,
    Suggest,
    Suggestion,
    Suggestions,
)
from tuiphone.control.lines import CallMailbox, Follow, Pickup, Stay
from tuiphone.control.links import LinkOpened, Opened, OpenLink
from tuiphone.control.logbook import (
    FrameRead,
    LogPage,
    ReadFrame,
    ReadLog,
    ReadReport,
    ReadTrace,
    ReportContents,
    ReportPart,
    Saved,
    SaveReport,
    SaveTrace,
    TracePage,
)
from tuiphone.control.pictures import Pictures, Side, Unwatch, Watch
from tuiphone.control.protocol import Garbled
from tuiphone.control.recordings import (
    FetchRecording,
    PausePlaying,
    Play,
    PlayFile,
    ReadRecordings,
    ReadWaveform,
    RecordingLine,
    RecordingPage,
    RecordingRestored,
    RecordingSaved,
    RemoveRecording,
    RestoreRecording,
    SaveRecording,
    SeekPlaying,
    SpeedPlaying,
    StopFetching,
    StopPlaying,
    Waveform,
)
from tuiphone.control.settings import SetPreference
from tuiphone.control.sound import Devices, HearMicrophone, ListDevices, Loudness, ProbeDevice, SoundDevice, UseDevice
from tuiphone.control.texts import (
    Conversation,
    Conversations,
    DeleteConversation,
    DeleteText,
    FindConversation,
    ReadConversations,
    ReadText,
    ReadTexts,
    ResendText,
    SeeTexts,
    SendText,
    TextKept,
    TextPage,
)
from tuiphone.core.call import Attendance, CallId, CallState, EndReason, Participant, Referral
from tuiphone.core.capability import Action, Capability
from tuiphone.core.entry import Entry, Level
from tuiphone.core.events import Link
from tuiphone.core.model import (
    Account,
    Address,
    AddressKind,
    Availability,
    CallRecord,
    Contact,
    ContactAddress,
    DeskCall,
    DeskState,
    Device,
    Line,
    LineState,
    Presence,
    RecordResult,
    TextMessage,
    TextStatus,
    Voicemail,
)
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import AccountState, PhoneState, Sound
from tuiphone.core.trace import Frame, Way

FORM = FilledForm(
    account="home",
    provider="fake",
    values={"token": "s3cret", "video": True, "numbers": ("1", "ü")},
    keep=("key_secret",),
    is_new=False,
)
ANNA = Contact(
    7,
    "Anna",
    (ContactAddress(Address(AddressKind.PHONE, "+1"), "home", "work"), ContactAddress(BOB)),
    True,
    "n\n",
    "home",
)
COMMANDS: list[Any] = [
    ReadContacts(text="an", grouped=True, offset=3, limit=4, keep=5),
    KeepContact(ANNA),
    AddToRoster("home", BOB),
    PublishStatus("home", "at lunch"),
    PublishStatus("home", "", Availability.OFFLINE),
    RemoveContact(7),
    MarkFavourite(7, on=True),
    ImportContacts("/tmp/people.vcf"),
    ExportContacts(path="~/x", form="vcard4", text="an", replace=True),
    MergeContacts(),
    Dial(to="bob"),
    Dial(to="+1", account="home", video=True, caller="0800", record=True),
    Answer(ID, video=True),
    Reject(ID),
    Reject(ID, busy=True),
    Hangup(ID),
    Hold(ID, on=False),
    Mute(ID, on=True),
    Camera(ID, on=True),
    SwitchCamera(ID, "front pattern"),
    Record(ID, on=True),
    Silence(ID),
    Dtmf(ID, "1#"),
    Transfer(ID, "carol"),
    Forward(ID, "carol"),
    SetDisturb(300.5),
    SetDisturb(None),
    ClaimNotice("rings home/1", "here"),
    StartGroup(people=("bob", "carol"), account="home", video=True, record=True, camera="pattern"),
    Invite(ID, ("dave",)),
    TakeOut(ID, ("bob",)),
    TakeDeskCall("d1", "home"),
    RedirectDeskCall("d1", "102", "home"),
    RedirectDeskCall("d1"),
    CallDeskBack("d1"),
    DeskCallDone("d1", "home"),
    WatchDesk(),
    Pickup("101", "home"),
    Pickup("Bob"),
    CallMailbox("home"),
    CallMailbox(),
    Follow(ID),
    Stay(ID),
    Swap(),
    Join((ID, ID)),
    Join(),
    Split(ID),
    Consult(ID, "carol"),
    Connect(ID, ID),
    Note(ID, "Call back on Monday."),
    Info(ID, {"a": [1, None, "ü"]}),
    Info(ID, None),
    SendText(to="bob", text="hello\n[red]\x1b[2J"),
    SendText(to="84900000001", text="x", account="home", kind=AddressKind.USER, wait=True),
    ResendText(7),
    ReadConversations(),
    ReadConversations(text="bo", unread=True, before=7, limit=3),
    FindConversation(to="bob", account="home", kind=AddressKind.USER),
    ReadTexts(person="@fake/bob", before=9, after=7, limit=3),
    ReadText(7),
    SeeTexts("@fake/bob", 7),
    DeleteText(7),
    DeleteConversation("@fake/bob"),
    ReadHistory(text="bo", account="home", missed=True, before=7, limit=3),
    ReadHistory(text="missed", start=200, around=7),
    SeeMissed(),
    ReadCard(BOB, "home"),
    ReadCard(BOB),
    ReadCrmPage(peer=BOB, account="home", incoming=False),
    NoteRecord(7, "call back\n[red]"),
    NoteRecord(7, None),
    RemoveRecord(7),
    FetchOlder(),
    ExportHistory(text="missed", path="/h.csv", replace=True),
    Suggest("bo"),
    ListDevices(),
    UseDevice("microphone", "Headset"),
    ProbeDevice("ringer"),
    HearMicrophone(),
    Watch(call=ID, viewer="a", rate=12.5, width=80, height=44),
    Unwatch("a"),
    Play(7),
    StopPlaying(),
    ReadRecordings(text="an 21 nov", offset=200, limit=100),
    ReadWaveform("/r/1.ogg"),
    PlayFile("/r/1.ogg", 61.5),
    PausePlaying(True),
    SeekPlaying(12.5),
    SpeedPlaying(1.5),
    FetchRecording(7),
    StopFetching(7),
    SaveRecording(path="/r/1.ogg", to="~/call.wav", replace=True),
    RemoveRecording("/r/1.ogg"),
    RestoreRecording(),
    SwitchAccount("home", on=False),
    RetryAccount("home"),
    ReloadAccounts(),
    RemoveAccount("home"),
    DescribeProviders(),
    ReadAccount("home"),
    TryAccount(FORM),
    SaveAccount(FORM),
    OpenLink("+84901234567"),
    SetPreference("sound", "speaker", "Headset"),
    SetPreference("app", "theme", None),
    ReadLog(text="lost", account="home", level=Level.WARNING, before=7, limit=3),
    ReadTrace(account="home", after=7, call="c", bodies=True, limit=3),
    ReadFrame("home", 7),
    SaveTrace(account="home", file="/t.json", call="c"),
    ReadReport(anonymous=False, terminal={"TERM": "xterm"}),
    SaveReport(file="/r.zip", anonymous=True, terminal={"TERM": "xterm"}),
    protocol.Quit(),
    protocol.Stop(),
]
ENTRY = Entry(7, 1.5, Level.ERROR, "It broke.", "home", "c", "ValueError", 3, ("bob",))
FRAME = Frame(7, 1.5, Way.RECEIVED, "h:1", "ping", '{"service":1}', 13, "c", 2, 9)
EVERY_FIELD = call(
    CallState.HELD,
    video=True,
    caller="0800",
    ended_at=1.5,
    reason=EndReason.LOST,
    detail="x",
    early_media=True,
    muted=True,
    held_by_peer=True,
    muted_by_peer=True,
    silenced=True,
    auto_answered=True,
    camera=True,
    cameras=("front", "back"),
    camera_problem="The camera front is gone.",
    media="connected",
    conference=True,
    consults="0",
    note="Monday",
    recording="/a.ogg",
    pending=Action.TRANSFER,
    facts=(("Alias", "a"),),
    notices=("{}",),
    participants=(Participant(BOB, Attendance.JOINED, muted=True), Participant(BOB, Attendance.INVITED, is_us=True)),
    referral=Referral(BOB, "transfer"),
    reconnecting_since=1.5,
    may_be_over=True,
    control=CallId("desk", "9"),
    awaits="sip",
    reached=True,
)
STATE = PhoneState(
    accounts=(
        AccountState(
            Account("home", "fake", EVERYTHING, "me", ("0800",), "VN"),
            Link.WAITING,
            "down",
            12.5,
            10.0,
            (Device("d", "phone"),),
            lines=(Line(BOB, LineState.RINGING, BOB, incoming=True), Line(BOB)),
            desk=(DeskCall("d1", BOB, DeskState.RINGING, 5.0, BOB, "main"), DeskCall("d2", BOB, DeskState.MISSED, 6.0)),
            voicemail=Voicemail(2, 5, BOB),
            presence=Presence(Availability.ONLINE, "here"),
        ),
        AccountState(Account("bad", "?", Capability(0)), Link.BROKEN),
    ),
    calls=(EVERY_FIELD, call(CallState.DIALING)),
    sound=Sound("mic", None, "No speaker."),
    missed=3,
)
RECORD = CallRecord(
    1, "home", "r", Address(AddressKind.PHONE, "1", "B"), True, False, 1.0, None, 2.0, RecordResult.MISSED
)
TEXT = TextMessage(
    7, "home", BOB, "hello", False, 1.0, TextStatus.FAILED, "They are not connected.", "ref", "call", seen=False
)
UPDATES: list[Any] = [
    protocol.Welcome(
        version=1,
        pid=2,
        release="0.1",
        profile="/p",
        owned=True,
        log_file="/l",
        recordings="/r",
        preferences=protocol.Preferences(
            theme="t", themes_dir="/t", welcome="w", keys={"call.answer": "a"}, problems=("p",)
        ),
    ),
    protocol.Refused("No."),
    protocol.StateChanged(STATE, 2),
    protocol.StateChanged(PhoneState(), 0),
    Opened("+84901234567"),
    protocol.Reply(7, LinkOpened(2)),
    protocol.Reply(7, Reloaded(("home",))),
    protocol.Reply(
        7,
        ProviderForms(
            (ProviderForm("fake", "Fake", (FormField("token", "secret", "Help.", "e", True, False, True),)),),
            ("Another is broken.",),
        ),
    ),
    protocol.Reply(
        7,
        AccountFile(
            account="home",
            path="/a.toml",
            provider="fake",
            values={"x": "1", "on": True, "numbers": ("1",)},
            kept=("token",),
            problems=("p",),
        ),
    ),
    protocol.Reply(7, Verdict(mistakes=(("token", "Wrong."),), problem="p", postponed=True)),
    protocol.Meters((protocol.CallMeter(ID, MediaStats(0.5, 0.25, "opus", 1, 2, 3, 4, 5, 6, 7, 4.1, "1x1", 8)),)),
    protocol.Alert("warning", "Careful.", "home", ID),
    protocol.Happened(event="ended", at=1.5, account="home", call=ID, data={"reason": "busy", "mos": None}),
    protocol.Reply(1),
    protocol.Reply(1, Started(ID)),
    protocol.Reply(
        1,
        ContactsPage(
            (ContactLine(ANNA, Presence(Availability.ONLINE, "here")), ContactLine(ANNA)),
            2,
            (ContactGroup(True, None, 1), ContactGroup(False, "home", 1)),
            0,
        ),
    ),
    protocol.Reply(1, DeskDone(3)),
    protocol.Reply(1, ContactKept(7)),
    protocol.Reply(1, ContactsImported(1, 2, 3, 4, 5)),
    protocol.Reply(1, ContactsExported(1)),
    protocol.Reply(1, ContactsMerged(3, 1)),
    protocol.Reply(2, HistoryPage((RECORD,), 9, 4, ("from:x is no day.",), has_older=True)),
    protocol.Reply(2, Card(contacts=(ANNA,), calls=3, last_at=1.5, latest=(RECORD,), text=TEXT)),
    protocol.Reply(2, Card(withheld=True)),
    protocol.Reply(2, CrmPage("https://a.example/?n=1", "1")),
    protocol.Reply(2, Fetched(3, has_older=True, problems=("home: no.",))),
    protocol.Reply(2, Exported("/h.csv", 9, done=False)),
    protocol.Reply(
        4,
        RecordingPage(
            (
                RecordingLine(
                    path="/r/1.ogg",
                    record=7,
                    account="home",
                    peer=BOB,
                    incoming=True,
                    started_at=1.5,
                    duration_s=83.0,
                    size=9000,
                    note="about the boat",
                    is_live=True,
                    video=True,
                ),
                RecordingLine(record=8, account="home", peer=BOB, started_at=2.5),
            ),
            2,
        ),
    ),
    protocol.Reply(4, Waveform(83.0, b"\x00\xff", b"\x07", is_ours=True)),
    protocol.Reply(4, RecordingSaved("/home/me/call.wav", True)),
    protocol.Reply(4, RecordingRestored("/r/1.ogg")),
    protocol.Reply(4, RecordingRestored(None)),
    protocol.Reply(3, TextKept(TEXT)),
    protocol.Reply(3, TextPage((TEXT,), is_first=True, is_last=False)),
    protocol.Reply(
        3,
        Conversations(
            (
                Conversation(person="@fake/bob", peer=BOB, account="home", last=TEXT, unread=2, found=TEXT),
                Conversation(person="~fake/news", peer=BOB, account="home", is_topic=True),
            ),
            9,
        ),
    ),
    protocol.Reply(3, Suggestions((Suggestion(BOB, "home", 3, 1.0),))),
    protocol.Reply(
        4, Devices((SoundDevice("m", is_default=True, in_use=True),), (), {"speaker": "none"}, ("front pattern",))
    ),
    protocol.Reply(6, Loudness(0.5)),
    protocol.Reply(8, Pictures((Side("Bob", "/dev/shm/b"), Side("", "/dev/shm/m", mine=True, missing="camera off")))),
    protocol.Reply(7, Claimed(is_yours=True)),
    protocol.Reply(4, LogPage((ENTRY,), 9)),
    protocol.Reply(4, TracePage((FRAME,), 9, 3)),
    protocol.Reply(4, FrameRead(FRAME)),
    protocol.Reply(4, ReportContents((ReportPart("log", 3, "the log"),))),
    protocol.Reply(4, Saved("/r.zip", 3)),
    protocol.Failure(5, "BadAddress", "No."),
    protocol.Goodbye("It was told to stop."),
]


def name(value: object) -> str:
    return type(value).__name__


def test_the_samples_leave_no_message_out() -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(protocol.Command))
    assert {type(update) for update in UPDATES} == set(get_args(protocol.Update))
    results = {type(update.result) for update in UPDATES if isinstance(update, protocol.Reply)}
    assert results == {*get_args(protocol.Result), type(None)}


@pytest.mark.parametrize("command", COMMANDS, ids=name)
def test_every_command_arrives_as_it_was_sent(command: Any) -> None:
    sent = protocol.Request(3, command)
    raw = protocol.line(sent)
    assert raw.count(b"\n") == 1
    assert raw.endswith(b"\n")
    assert protocol.read_from_client(raw) == sent


@pytest.mark.parametrize("update", UPDATES, ids=name)
def test_every_update_arrives_as_it_was_sent(update: Any) -> None:
    raw = protocol.line(update)
    assert raw.count(b"\n") == 1
    assert protocol.read_from_engine(raw) == update


def test_no_secret_of_a_form_is_in_what_is_logged_of_it() -> None:
    for message in (TryAccount(FORM), SaveAccount(FORM), protocol.Request(1, SaveAccount(FORM))):
        assert "s3cret" not in repr(message)
        assert "home" in repr(message)
    assert "s3cret" not in str(FORM.__rich_repr__())


def test_the_introduction_arrives_as_it_was_sent() -> None:
    sent = protocol.Attach(version=1, screen=True, program="app")
    assert protocol.read_from_client(protocol.line(sent)) == sent


def test_a_program_that_never_saw_these_capabilities_reads_them() -> None:
    # Combinations of flags exist in a process only once they were made there.
    program = (
        "import sys; from tuiphone.control import protocol; "
        "print(protocol.read_from_engine(sys.stdin.buffer.read()).state.accounts[0].account.capabilities.value)"
    )
    raw = protocol.line(protocol.StateChanged(STATE, 1))
    said = subprocess.run([sys.executable, "-c", program], input=raw, capture_output=True, check=True, timeout=30)
    assert int(said.stdout) == EVERYTHING.value


GARBAGE = [
    b"",
    b"\n",
    b"null\n",
    b"{}\n",
    b"[]\n",
    b'"attach"\n',
    b"\x00\x01\x02\n",
    b"\xff\xfe{}\n",
    b"GET / HTTP/1.1\r\n",
    b'{"type":"nonsense"}\n',
    b'{"type":"attach"}\n',
    b'{"type":"attach","version":"1","screen":true}\n',
    b'{"type":"attach","version":1,"screen":1}\n',
    b'{"type":"attach","version":1,"screen":true}{"type":"attach"}\n',
    b'{"type":"request","id":1}\n',
    b'{"type":"request","id":1,"command":{}}\n',
    b'{"type":"request","id":1,"command":{"type":"explode"}}\n',
    b'{"type":"request","id":1.5,"command":{"type":"stop"}}\n',
    b'{"type":"request","id":%d,"command":{"type":"stop"}}\n' % 2**70,
    b'{"type":"request","id":1,"command":{"type":"play","record":%d}}\n' % 2**63,
    b'{"type":"request","id":1,"command":{"type":"dtmf","call":{"account":"a","ref":"b"},"digits":1}}\n',
    b'{"type":"request","id":1,"command":{"type":"hangup","call":"a/b"}}\n',
    b'{"type":"request","id":1,"command":{"type":"hangup","call":{"account":"a","ref":"\\ud800"}}}\n',
    b"[" * 60_000 + b"\n",
    b'{"type":"request","id":1,"command":{"type":"info","call":{"account":"a","ref":"b"},"payload":'
    + b"[" * 20_000
    + b"]" * 20_000
    + b"}}\n",
]


@pytest.mark.parametrize("raw", GARBAGE, ids=lambda raw: repr(raw[:40]))
def test_what_is_none_of_our_messages_is_garbled(raw: bytes) -> None:
    with pytest.raises(Garbled):
        protocol.read_from_client(raw)
    with pytest.raises(Garbled):
        protocol.read_from_engine(raw)


@pytest.mark.parametrize("message", [*UPDATES, protocol.Request(1, protocol.Stop())], ids=name)
def test_neither_side_takes_what_the_other_says(message: Any) -> None:
    raw = protocol.line(message)
    with pytest.raises(Garbled):
        (protocol.read_from_engine if isinstance(message, protocol.Request) else protocol.read_from_client)(raw)


def test_a_newer_side_may_say_more_than_an_older_one_knows() -> None:
    said = msgspec.json.decode(protocol.line(protocol.Goodbye("It was told to stop.")))
    raw = json.dumps({**said, "restart_in_s": 5}).encode()
    assert protocol.read_from_engine(raw) == protocol.Goodbye("It was told to stop.")


@pytest.mark.parametrize("text", ["a\ud800b", "\udcff", "\udc00\ud800", "😀\ud83d"])
def test_text_that_is_no_unicode_is_mended_on_its_way(text: str) -> None:
    raw = protocol.line(protocol.Request(1, SendText(to=text, text="x")))
    arrived = protocol.read_from_client(raw)
    assert isinstance(arrived, protocol.Request)
    assert isinstance(arrived.command, SendText)
    assert "\N{REPLACEMENT CHARACTER}" in arrived.command.to
    broken = with_calls(call(peer=Address(AddressKind.USER, "bob", text), facts=((text, text),)))
    update = protocol.read_from_engine(protocol.line(protocol.StateChanged(broken, 1)))
    assert isinstance(update, protocol.StateChanged)
    assert update.state.calls[0].id == ID

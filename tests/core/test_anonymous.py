"""Stand-ins: the same for the same person, another for another, nothing left of the name."""

import pytest

from tuiphone.core.anonymous import Anonymiser


@pytest.fixture
def names() -> Anonymiser:
    names = Anonymiser(b"salt")
    names.know(["Nguyễn Văn An", "佐藤 愛子", "alice", "+84900000001", "7", "100", "2001", "tuiphone"])
    return names


def test_a_person_has_one_stand_in_however_the_number_is_written(names: Anonymiser) -> None:
    stand_ins = {names.text(number) for number in ("+84900000001", "84900000001", "0900000001", "+84 900 000 001")}
    assert len(stand_ins) == 1
    assert stand_ins.pop().startswith("number-")
    assert names.text("+84900000002") != names.text("+84900000001")


@pytest.mark.parametrize(
    "text",
    [
        "A call to Nguyễn Văn An (+84900000001).",
        "a call to NGUYỄN VĂN AN",
        "sip:alice@host and Alice's",
        "今日は佐藤 愛子さん",
        "tel:+84900000001",
        "sip:84900000001@h",
        "call 2001 now",
    ],
)
def test_names_and_numbers_are_gone(names: Anonymiser, text: str) -> None:
    clean = names.text(text).casefold()
    for person in ("nguyễn", "佐藤", "alice", "900000001", "2001"):
        assert person not in clean


def test_figures_times_and_addresses_of_machines_stay(names: Anonymiser) -> None:
    for text in (
        "2026-11-21 14:02:31,120 INFO tuiphone.engine: 100 packets, 7 lost",
        "10.0.0.1:49152 rtt 12.345678 ms",
        "malice aforethought",
        "a=ssrc-group 12",
    ):
        assert names.text(text) == text


def test_a_frame_keeps_its_shape_and_loses_who_and_what_was_said(names: Anonymiser) -> None:
    body = (
        '{"service":33,"body":{"callId":"call-1","fromAlias":"Bob Ross","fromNumber":5550001234,"message":"hello you"}}'
    )
    names.know_of({"body": {"fromAlias": "Bob Ross"}})
    clean = names.body(body)
    assert "Bob" not in clean
    assert "5550001234" not in clean
    assert "hello" not in clean
    assert '"callId":"call-1"' in clean
    assert '"message":"(9 characters)"' in clean
    assert names.text("Bob Ross rang") != "Bob Ross rang"
    assert names.body('{"r":6,"message":"token expired"}') == '{"r":6,"message":"token expired"}'


def test_another_report_has_other_stand_ins() -> None:
    first, second = Anonymiser(), Anonymiser()
    assert first.text("+84900000001") != second.text("+84900000001")


@pytest.mark.parametrize(
    ("name", "in_file_name"),
    [
        ("Nguyễn Văn An", "Nguyễn_Văn_An"),
        ("Dr. O'Brien, Jr.", "Dr__O_Brien__Jr"),
        ("Anna-Maria Gray", "Anna-Maria_Gray_2"),
        ("A very long name of somebody who has so many", "A_very_long_name_of_somebody_who_has_so"),
    ],
)
def test_a_name_is_not_left_in_the_name_of_a_recording(names: Anonymiser, name: str, in_file_name: str) -> None:
    names.know([name])
    stand_in = names.text(name)
    suffix = "_2" if in_file_name.endswith("_2") else ""
    assert names.text(f"into /x/2026-11-27_10-00-00_{in_file_name}.ogg") == (
        f"into /x/2026-11-27_10-00-00_{stand_in}{suffix}.ogg"
    )

"""vCards and CSV of all kinds and in every state, in and out."""

from pathlib import Path

import pytest

from tuiphone.core.errors import StoreError
from tuiphone.core.model import Address, AddressKind, Contact, ContactAddress
from tuiphone.store.books import FORMS, Form, form_of, read_book, write_book

PHONE, USER = AddressKind.PHONE, AddressKind.USER
BOOK = (
    Contact(
        0,
        'Nguyễn Văn An; "the boss", \\n here',
        (
            ContactAddress(Address(USER, "an;x=1"), "my, own: label", "a work"),
            ContactAddress(Address(PHONE, "+84901234567"), "mobile", "work"),
            ContactAddress(Address(PHONE, "02437000001"), "work"),
            ContactAddress(Address(USER, "an@pbx.example")),
        ),
        True,
        "two\nlines; with, marks \\ and " + "length " * 60,
    ),
    Contact(0, "Ольга 佐藤 देसाई 👩‍🔧", (ContactAddress(Address(PHONE, "100")),)),
    Contact(0, "=HYPERLINK(1)", (ContactAddress(Address(USER, "@x"), "-1"),), note="+not a formula'"),
    Contact(0, "'=quoted", (ContactAddress(Address(USER, "-x"), "'"),), note="=1\n'=2"),
)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_reads_as_the_same_book(tmp_path: Path, form: Form) -> None:
    file = tmp_path / "book"
    write_book(file, BOOK, form)
    read = read_book(file)
    assert read.contacts == BOOK
    assert (read.broken, read.without_number) == (0, 0)


def test_a_cell_from_the_network_is_no_formula(tmp_path: Path) -> None:
    write_book(tmp_path / "x.csv", BOOK, "csv")
    text = (tmp_path / "x.csv").read_text(encoding="utf-8")
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text
    assert "\n=HYPERLINK" not in text


def test_a_name_that_begins_with_a_plus_is_no_formula_either_and_a_number_stays_one(tmp_path: Path) -> None:
    numbers = (ContactAddress(Address(PHONE, "100")),)
    people = [Contact(0, "+1+cmd|x!A0", numbers), Contact(0, "+84 90 123 45 67", numbers)]
    write_book(tmp_path / "x.csv", people, "csv")
    lines = (tmp_path / "x.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["'+1+cmd|x!A0", "+84 90 123 45 67"]
    assert [contact.name for contact in read_book(tmp_path / "x.csv").contacts] == [each.name for each in people]


def test_the_form_goes_with_the_name_of_the_file() -> None:
    assert form_of(Path("a.CSV")) == "csv"
    assert form_of(Path("a.vcf")) == "vcard3"
    assert form_of(Path("a")) == "vcard3"


def cards(tmp_path: Path, text: str | bytes) -> list[tuple[str, list[tuple[str, str | None]], bool, str | None]]:
    file = tmp_path / "x.vcf"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [
        (contact.name, [(one.address.text, one.label) for one in contact.addresses], contact.favourite, contact.note)
        for contact in read_book(file).contacts
    ]


def card(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD", ""])


def test_version_4_with_numbers_as_links_and_folded_lines(tmp_path: Path) -> None:
    text = card(
        "VERSION:4.0",
        "FN:Nguyễn",
        "  Văn An",
        'TEL;VALUE=uri;PREF=2;TYPE="voice,cell":tel:+84-90-123-4567;ext=12',
        "TEL;VALUE=uri;PREF=1;TYPE=work:tel:+842437000001",
        "IMPP:sip:an@pbx.example;transport=tls",
        "CATEGORIES:family,starred",
    )
    assert cards(tmp_path, text) == [
        (
            "Nguyễn Văn An",
            [("+842437000001", "work"), ("+84901234567", "mobile ext. 12"), ("an@pbx.example", None)],
            True,
            None,
        )
    ]


def test_version_2_1_in_quoted_printable_of_an_old_telephone(tmp_path: Path) -> None:
    text = card(
        "VERSION:2.1",
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4E=67=75=79=E1=BB=85=6E;=41=6E=",
        "=20=42;;;",
        "TEL;CELL;PREF:0901 234 567",
        "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo=",
        "BEGINS LIKE A LINE OF ITS OWN",
    )
    assert cards(tmp_path, text) == [
        ("An B Nguyễn", [("0901234567", "mobile")], False, "one\ntwoBEGINS LIKE A LINE OF ITS OWN")
    ]


def test_labels_of_apples_and_names_from_parts_or_company(tmp_path: Path) -> None:
    text = card("VERSION:3.0", "N:Doe;John;Q.;Dr.;Jr.", "item1.TEL:(201) 555-0123", "item1.X-ABLabel:_$!<Mobile>!$_")
    text += card("VERSION:3.0", "ORG:Acme\\, Inc.;Sales", "TEL;TYPE=WORK,VOICE:+1 201 555 0124")
    assert cards(tmp_path, text) == [
        ("Dr. John Q. Doe Jr.", [("2015550123", "mobile")], False, None),
        ("Acme, Inc., Sales", [("+12015550124", "work")], False, None),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_any_encoding(tmp_path: Path, encoding: str) -> None:
    assert cards(tmp_path, card("FN:Zoë Müller", "TEL:+491511234567").encode(encoding))[0][0] == "Zoë Müller"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_files_of_any_line_end(tmp_path: Path, end: str) -> None:
    text = card("FN:An", "TEL:+84901234567", "NOTE:", " folded").replace("\r\n", end)
    assert cards(tmp_path, text) == [("An", [("+84901234567", None)], False, "folded")]


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\r"), ("utf-16", "\r"), ("utf-16", "\r\n")])
def test_a_long_file_of_any_line_end_is_read_to_its_last_card(tmp_path: Path, encoding: str, end: str) -> None:
    text = "".join(card(f"FN:Nr {n}", f"TEL:+849{n:08}", "NOTE:a\u2028b\x0bc") for n in range(2000))
    (tmp_path / "book").write_text(text.replace("\r\n", end), encoding=encoding, newline="")
    read = read_book(tmp_path / "book")
    assert [contact.name for contact in read.contacts] == [f"Nr {n}" for n in range(2000)]
    assert {contact.note for contact in read.contacts} == {"a\u2028b\x0bc"}
    assert read.broken == 0


def test_bad_cards_are_counted_and_the_others_read(tmp_path: Path) -> None:
    file = tmp_path / "x.vcf"
    file.write_bytes(
        b"BEGIN:VCARD\nFN:never ended\n"
        + card("FN:An", "TEL:+84901234567", "\x00\x01garbage", "NO COLON", ";:;:", "TEL;;;=:1").encode()
        + card("FN:No number", "EMAIL:a@b").encode()
        + card("FN:Words for a number", "TEL:ask my secretary").encode()
        + b"\xff\xfe\x00 junk between\n"
        + card("FN:Bob", "TEL;TYPE=\xff:+84901234568").encode("latin-1")
        + b"BEGIN:VCARD\nFN:never ended either\nTEL:1"
    )
    read = read_book(file)
    assert [contact.name for contact in read.contacts] == ["An", "Bob"]
    assert (read.broken, read.without_number) == (2, 2)


def test_photos_and_endless_lines_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "x.vcf"
    photo = "PHOTO;ENCODING=b;TYPE=JPEG:" + "\r\n ".join(["QUFB" * 18] * 2000)
    blob = "X-BLOB:" + "A" * 1_000_000
    file.write_text(
        card("FN:An", photo, blob, "TEL:+84901234567") + card("FN:" + "b" * 300_000, "TEL:+84901234568"), newline=""
    )
    read = read_book(file)
    assert [contact.name[:3] for contact in read.contacts] == ["An", "bbb"]
    assert read.contacts[0].addresses[0].address.text == "+84901234567"
    assert len(read.contacts[1].name) <= 64 * 1024


def test_the_end_of_an_endless_line_is_no_line_of_its_own(tmp_path: Path) -> None:
    blob = "X-BLOB:".ljust(64 * 1024, "A") + "TEL:+84999999999"
    assert cards(tmp_path, card("FN:An", blob, "TEL:+84901234567"))[0][1] == [("+84901234567", None)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "first row does not name the columns"),
        ("just some words\nand more", "first row does not name the columns"),
        ("\x00" * 1000, "first row does not name the columns"),
        ("name,phone\n", "nobody in it that can be read"),
        ("BEGIN:VCARD\nFN:x", "nobody in it that can be read"),
    ],
)
def test_a_file_without_people_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(StoreError, match=sentence):
        read_book(tmp_path / "x")


def test_a_file_that_is_too_long_is_not_even_begun(tmp_path: Path) -> None:
    with (tmp_path / "x.vcf").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(StoreError, match="65 MB; at most 64 MB"):
        read_book(tmp_path / "x.vcf")


def rows(tmp_path: Path, text: str) -> list[tuple[str, list[tuple[str, str | None]], bool, str | None]]:
    return cards(tmp_path, text)


def test_googles_columns_old_and_new(tmp_path: Path) -> None:
    old = (
        "Name,Given Name,Group Membership,Notes,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value\n"
        "Nguyễn An,An,* myContacts ::: * starred,hi,Mobile,0901 234 567 ::: +84 911 111 111,* Work,024 3700 0001\n"
    )
    numbers = [("0901234567", "mobile"), ("+84911111111", "mobile"), ("02437000001", "work")]
    assert rows(tmp_path, old) == [("Nguyễn An", numbers, True, "hi")]
    new = (
        "First Name,Middle Name,Last Name,Notes,Labels,Phone 1 - Label,Phone 1 - Value\n"
        '"Ольга",,"П., jr","a\nb",* myContacts,Mobile,+7 903 123 45 67\n'
    )
    assert rows(tmp_path, new) == [("Ольга П., jr", [("+79031234567", "mobile")], False, "a\nb")]


def test_outlooks_columns_and_those_of_anybody(tmp_path: Path) -> None:
    outlook = (
        '"First Name";"Last Name";"Company";"Mobile Phone";"Business Phone";"Home Phone";"Notes"\r\n'
        '"Zoë";"Müller";"Acme";"+49 151 1234567";"";"030 123456";""\r\n'
        '"";"";"Acme";"";"+49 30 99999";"";"desk"\r\n'
    )
    assert rows(tmp_path, outlook) == [
        ("Zoë Müller", [("+491511234567", "mobile"), ("030123456", "home")], False, None),
        ("Acme", [("+493099999", "work")], False, "desk"),
    ]
    assert rows(tmp_path, "name\tphone\nAn\t0901 234 567\n\nBob\tnone\n") == [
        ("An", [("0901234567", None)], False, None)
    ]


def test_a_quote_that_never_closes_costs_no_more_than_its_rows(tmp_path: Path) -> None:
    text = "name,phone\nAn,0901234567\n" + 'Bob,"0901' + "9" * 200_000 + "\n" + "Cy,0911111111\n"
    (tmp_path / "x.csv").write_text(text)
    assert read_book(tmp_path / "x.csv").contacts[0].name == "An"

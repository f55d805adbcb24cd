"""Contacts by keys in a real terminal, against a real engine: put in, found, called, recognised, read and written."""

import json
from pathlib import Path

from tests.rigs.terminal import Terminal

CARDS = """\
BEGIN:VCARD
VERSION:4.0
FN:Nguyễn Văn An
TEL;VALUE=uri;TYPE=cell:tel:+84-90-123-4567
END:VCARD
BEGIN:VCARD
FN:broken
BEGIN:VCARD
VERSION:3.0
FN:Ольга Петрова
TEL;TYPE=WORK:+7 903 123 45 67
END:VCARD
"""


def open_contacts(window: Terminal) -> None:
    window.press("F3")
    window.wait_for("search: a name or a number")


def test_a_contact_is_typed_in_found_without_accents_and_called(phone_of, open_app):
    window = open_app(phone_of("alice"))
    open_contacts(window)
    window.press("a")
    window.wait_for("New contact")
    window.type("Phòng Tiếng Vọng")
    window.press("Tab")
    window.wait_for("One a line")
    window.type("desk: echo")
    window.press("C-s")
    window.wait_for("1 contact")
    window.press("/")
    window.wait_gone("enter call")  # the field is where one types, and enter leads back to the list
    window.type("tieng v")
    window.wait_for(lambda screen: "tieng v" in screen and "Phòng Tiếng Vọng" in screen)
    window.press("Enter")
    window.wait_for("enter call")
    window.press("Enter")
    window.wait_for(lambda screen: "in call" in screen and "Phòng Tiếng Vọng" in screen)
    window.press("x")
    window.wait_for("you hung up")
    window.press("F4")
    window.wait_for("Phòng Tiếng Vọng")


def test_a_caller_is_shown_by_the_contacts_name_when_it_rings_and_in_the_history(phone_of, open_app):
    alice, bob = phone_of("alice"), phone_of("bob")
    bob.run("contacts", "add", "Alice từ Hà Nội", "alice")
    window = open_app(bob)
    call = alice.begin("dial", "bob")
    window.wait_for(lambda screen: "Incoming call" in screen and "Alice từ Hà Nội" in screen)
    alice.run("hangup")
    call.wait(60)
    window.wait_gone("Incoming call")
    assert bob.history()[0]["peer"]["name"] == "Alice từ Hà Nội"
    window.press("F2")
    window.type("ha noi")
    window.wait_for(lambda screen: "Suggestions" in screen and "Alice từ Hà Nội" in screen)


def test_a_file_is_read_and_written_and_duplicates_are_merged_by_keys(phone_of, open_app, tmp_path: Path):
    phone = phone_of("alice")
    source, target = tmp_path / "in.vcf", tmp_path / "out.csv"
    source.write_text(CARDS, encoding="utf-8")
    window = open_app(phone, columns=120, rows=40)
    open_contacts(window)
    window.press("i")
    window.wait_for("Import contacts")
    window.press("C-u")
    window.type(str(source))
    window.press("Enter")
    window.wait_for("2 people are new.")
    window.wait_for("Ольга Петрова")
    phone.run("contacts", "add", "Anh An", "+84901234567")
    window.wait_for("3 contacts")
    window.press("d")
    window.wait_for("Merge duplicates")
    window.press("y")
    window.wait_for("2 contacts became 1")
    window.wait_for("Also: Anh An")
    window.press("x")
    window.wait_for("Export 2 contacts as")
    window.press("Down", "Down", "Enter")
    window.wait_for("~/contacts-")
    window.press("C-u")
    window.type(str(target))
    window.press("Enter")
    window.wait_for("2 contacts in")
    assert "+84901234567" in target.read_text(encoding="utf-8")
    window.press("Delete")
    window.wait_for("from the address book?")
    window.press("y")
    window.wait_for("1 contact")
    assert json.loads(phone.run("contacts", "import", "--json", str(target)).stdout)["new"] == 1


def test_contacts_are_kept_from_the_shell(phone_of, tmp_path: Path):
    phone = phone_of("alice")
    id = phone.run(
        "contacts", "add", "Nguyễn Văn An", "mobile: 0901 234 567 @alice", "100", "--favourite"
    ).stdout.strip()
    phone.run("contacts", "add", "Zoe", "+84911111111", "--note", "met in Huế")
    listed = [json.loads(line) for line in phone.run("contacts", "list", "--json").stdout.splitlines()]
    assert [one["name"] for one in listed] == ["Nguyễn Văn An", "Zoe"]
    assert listed[0]["addresses"][0]["account"] == "alice"
    target = tmp_path / "zoe.vcf"
    assert phone.run("contacts", "export", str(target), "zoe", "--format", "vcard4").stdout == "1 written\n"
    assert "VERSION:4.0" in target.read_text(encoding="utf-8")
    refused = phone.run("contacts", "export", str(target), check=False)
    assert refused.returncode != 0
    assert "is there already" in refused.stderr
    phone.run("contacts", "remove", id)
    phone.run("contacts", "remove", "ZOE")
    assert phone.run("contacts").stdout == ""
    unknown = phone.run("contacts", "remove", "nobody", check=False)
    assert (unknown.returncode, unknown.stderr) == (
        4,
        "tuiphone: There is no contact nobody; see: tuiphone contacts list\n",
    )
    nowhere = phone.run("contacts", "add", "X", "1 @gone", check=False)
    assert "There is no account gone; there are: alice." in nowhere.stderr

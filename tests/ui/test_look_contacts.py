"""The Contacts page and its form as they look."""

from tests.ui.fake_phone import FakePhone
from tests.ui.look import EVERY_LOOK, SMALL_DARK, Compare, Look
from tests.ui.samples import EVERYTHING, PEOPLE, C, account, state
from tests.ui.stage import Stage
from tests.ui.test_contacts import at_contacts

ACCOUNTS = (account("home", capabilities=EVERYTHING | C.CONTACTS | C.PRESENCE), account("work"))


def phone() -> FakePhone:
    phone = FakePhone(state(accounts=ACCOUNTS))
    phone.people = PEOPLE
    return phone


@EVERY_LOOK
def test_contacts(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await at_contacts(stage)
        await stage.press("down")

    assert looks_as_before(phone(), look, steps)


@EVERY_LOOK
def test_contacts_grouped(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await at_contacts(stage)
        await stage.press("g")
        await stage.sees("Favourites (2)")

    assert looks_as_before(phone(), look, steps)


@EVERY_LOOK
def test_the_form_of_a_contact(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await at_contacts(stage)
        await stage.press("e")
        await stage.sees("Edit Nguyễn")
        await stage.press("tab")

    assert looks_as_before(phone(), look, steps)


def test_nobody_yet(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await at_contacts(stage)

    assert looks_as_before(FakePhone(state()), SMALL_DARK, steps)

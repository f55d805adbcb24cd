"""Callers that want their calls picked up by themselves: how they say so, and what the account lets them have."""

import pytest

from tests.providers.sip.calls.rig import table
from tuiphone.core.call import AnswerWish
from tuiphone.core.events import CallStarted
from tuiphone.providers.sip.intercom import seconds
from tuiphone.providers.sip.message import Headers, Request
from tuiphone.providers.sip.uri import Uri


@pytest.mark.parametrize(
    ("field", "value", "after"),
    [
        ("Call-Info", "<sip:pbx.example>;answer-after=0", 0),
        ("Call-Info", "<sip:pbx.example>; Answer-After=5", 5),
        ("call-info", "answer-after=0", 0),
        ("Call-Info", "<http://pbx.example/a,b>;purpose=icon, <sip:pbx.example>;answer-after=1", 1),
        ("Alert-Info", "<http://127.0.0.1/>;info=alert-autoanswer", 0),
        ("Alert-Info", "info=alert-autoanswer;delay=3", 3),
        ("Alert-Info", "<sip:pbx.example>;info=intercom", 0),
        ("Alert-Info", '<sip:pbx.example>;info="Intercom"', 0),
        ("Alert-Info", "http://pbx.example;info=alert-autoanswer", 0),
        ("Answer-Mode", "Auto", 0),
        ("Answer-Mode", "auto;require", 0),
        ("Priv-Answer-Mode", "Auto", 0),
        # nothing of the kind
        ("Answer-Mode", "Manual", None),
        ("Answer-Mode", "", None),
        ("Call-Info", "<http://pbx.example/photo.jpg>;purpose=icon", None),
        ("Call-Info", "<http://pbx.example/;answer-after=0>;purpose=icon", None),
        ("Alert-Info", "<urn:alert:source:external>", None),
        ("Alert-Info", "Bellcore-dr1", None),
        ("Alert-Info", "<sip:pbx.example>;info=ring2", None),
        # what cannot be meant
        ("Call-Info", "<sip:pbx.example>;answer-after=31", None),
        ("Call-Info", "<sip:pbx.example>;answer-after=99999999999999999999", None),
        ("Call-Info", "<sip:pbx.example>;answer-after=-1", None),
        ("Call-Info", "<sip:pbx.example>;answer-after=soon", None),
        ("Call-Info", "<sip:pbx.example>;answer-after=\u0663", None),
        ("Call-Info", '<sip:pbx.example>;answer-after="0', None),
        ("Call-Info", "<sip:pbx.example;answer-after=0", None),
    ],
)
def test_what_a_caller_wants_is_read_from_any_of_the_fields_there_are(
    field: str, value: str, after: int | None
) -> None:
    request = Request("INVITE", Uri.parse("sip:alice@pbx.example"), headers=Headers([(field, value)]))
    assert seconds(request) == after


@pytest.mark.parametrize(
    ("way", "wish"), [("off", None), ("muted", AnswerWish(2.0, muted=True)), ("on", AnswerWish(2.0, muted=False))]
)
async def test_the_account_says_whether_the_caller_gets_it_and_the_person_is_told_of_it_anyhow(
    way: str, wish: AnswerWish | None
) -> None:
    async with table(auto_answer_intercom=way) as at:
        await at.rings(headers=[("Call-Info", "<sip:pbx.example>;answer-after=2")])
        started = at.all(CallStarted)[0]
        assert started.answer_wish == wish
        assert "Wants" in dict(started.facts)
        await at.rings(user="carol")
        assert at.all(CallStarted)[-1].answer_wish is None
        assert "Wants" not in dict(at.all(CallStarted)[-1].facts)


async def test_without_a_word_in_the_account_nobody_is_picked_up() -> None:
    async with table() as at:
        await at.rings(headers=[("Answer-Mode", "Auto")])
        assert at.all(CallStarted)[0].answer_wish is None

"""Telephones without WebRTC, by way of rtpengine: a tone is heard at both ends, and pressed keys arrive."""

import asyncio
from pathlib import Path

from tests.providers.sip.real.conftest import Names
from tests.providers.sip.real.ours import OUR_HZ, Ours
from tests.rigs.kamailio import Kamailio
from tests.rigs.plain_rtp import TONE_HZ, Baresip
from tests.rigs.pulse import pitch, strength
from tuiphone.core.call import EndReason
from tuiphone.core.events import CallEnded


async def test_we_call_a_plain_telephone_and_it_calls_us(
    ours: Ours, kamailio: Kamailio, user: Names, tmp_path: Path
) -> None:
    with Baresip(tmp_path, kamailio, user("desk")) as desk:
        ref = await ours.dial(user("desk"))
        await ours.hears(ref)
        await ours.until(lambda: strength(ours.sound(ref, 0.5), TONE_HZ) > 0.05)
        await asyncio.to_thread(desk.hear, "CALL_RTPESTAB")
        await ours.provider.dtmf(ref, "5#")
        for key in "5#":
            assert (await asyncio.to_thread(desk.hear, "CALL_DTMF_START"))["param"] == key
        await ours.provider.hangup(ref)
        await asyncio.to_thread(desk.hear, "CALL_CLOSED")
        sound = desk.heard()
        assert strength(sound[-4000:], OUR_HZ, rate=8000) > 0.05 or pitch(sound, rate=8000) == OUR_HZ

        desk.tell("dial", f"sip:{ours.user}@pbx.example")
        second = await ours.pick_up()
        await ours.hears(second)
        desk.tell("hangup")
        await ours.told(CallEnded, 2)
        assert ours.all(CallEnded)[-1].reason is EndReason.REMOTE_HUNG_UP

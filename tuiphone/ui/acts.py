"""What a call key does: which command of the phone it becomes, and what is asked first."""

from typing import TYPE_CHECKING

from tuiphone.core.call import Call, CallState
from tuiphone.core.capability import Capability
from tuiphone.core.desk import forward_place
from tuiphone.ui import groups, joining
from tuiphone.ui.text import safe
from tuiphone.ui.words import who

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone


def act(app: "TuiPhone", verb: str, call: Call) -> None:
    """Carry out a verb of `verbs` on this call; what the desk has to remember, it does itself."""
    phone, id = app.phone, call.id
    match verb:
        case "reject":
            app.do(phone.reject(id))
        case "busy":
            app.do(phone.reject(id, True))
        case "hangup":
            app.do(phone.hangup(id))
        case "farewell":
            _farewell(app, call)
        case "mute":
            app.do(phone.mute(id, not call.muted))
        case "hold":
            app.do(phone.hold(id, call.state is not CallState.HELD))
        case "camera":
            app.do(phone.camera(id, not call.camera))
        case "switch_camera":
            app.do(phone.switch_camera(id))
        case "record":
            app.do(phone.record(id, not call.recording))
        case "keypad":
            app.show_keypad(call)
        case "invite":
            groups.invite(app, call)
        case "take_out":
            groups.take_out(app, call)
        case "transfer":
            _transfer(app, call)
        case "forward":
            _forward(app, call)
        case "send_on":
            _send_on(app, call)
        case "swap":
            joining.swap(app)
        case "conference":
            joining.conference(app, call)
        case "attended":
            joining.attended(app, call)
        case "note":
            joining.note(app, call)
        case "info":
            _info(app, call)


def _transfer(app: "TuiPhone", call: Call) -> None:
    from tuiphone.ui.screens.dialogs import transfer_prompt

    def typed(to: str | None) -> None:
        if to is not None:
            app.do(app.phone.transfer(call.id, to.strip()))

    capabilities = _dials(app, call, Capability.TRANSFER)
    app.push_screen(transfer_prompt(capabilities, who(call.peer, 40), first=joining.people(app, call)), typed)


def _forward(app: "TuiPhone", call: Call) -> None:
    from tuiphone.ui.screens.dialogs import transfer_prompt

    def typed(to: str | None) -> None:
        if to is not None:
            app.do(app.phone.forward(call.id, to.strip()))

    capabilities = _dials(app, call, Capability.FORWARD)
    app.push_screen(transfer_prompt(capabilities, who(call.peer, 40), verb="Forward"), typed)


def _dials(app: "TuiPhone", call: Call, handing_on: Capability) -> Capability:
    """What the account can call that will hand the call on."""
    known = app.state.account(app.state.handed_on_by(call, handing_on).account)
    return known.account.capabilities if known else Capability(0)


def _send_on(app: "TuiPhone", call: Call) -> None:
    # Where to is asked anew: the settings may have been read again since the key was shown.
    if (place := forward_place(app.state, call)) is not None:
        said = f"{who(call.peer, 40)} is sent on to {safe(place, 40)}."
        app.do(app.phone.forward(call.id, place), lambda _: app.say(said))


def _farewell(app: "TuiPhone", call: Call) -> None:
    from tuiphone.ui.screens.dialogs import farewell_prompt

    def typed(reason: str | None) -> None:
        if reason is not None:
            app.do(app.phone.hangup(call.id, reason.strip()))

    app.push_screen(farewell_prompt(who(call.peer, 40)), typed)


def _info(app: "TuiPhone", call: Call) -> None:
    from tuiphone.ui.screens.dialogs import info_prompt, payload_from_text

    def typed(text: str | None) -> None:
        if text is not None:
            app.do(app.phone.info(call.id, payload_from_text(text)), lambda _: app.say("The side message is sent."))

    app.push_screen(info_prompt(), typed)

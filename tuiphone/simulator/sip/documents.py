"""What notifications carry: presence (RFC 3863), lines (RFC 4235) and mailboxes (RFC 3842)."""

from xml.sax.saxutils import escape, quoteattr

from tuiphone.simulator.sip.callbook import TERMINATED, Line

PIDF = "application/pidf+xml"
DIALOG_INFO = "application/dialog-info+xml"
SUMMARY = "application/simple-message-summary"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\r\n'


def presence(entity: str, *, is_open: bool, note: str = "") -> str:
    """Whether somebody is there."""
    noted = f"<note>{escape(note)}</note>" if note else ""
    basic = "open" if is_open else "closed"
    return (
        f'{_HEAD}<presence xmlns="urn:ietf:params:xml:ns:pidf" entity={quoteattr(entity)}>\r\n'
        f'<tuple id="sim"><status><basic>{basic}</basic></status>{noted}</tuple>\r\n</presence>\r\n'
    )


def dialogs(entity: str, lines: list[Line], version: int, domain: str, *, in_full: bool = True) -> str:
    """Every dialog of somebody; not `in_full`: what it does and nothing else (RFC 4235, section 4.1.2)."""
    rows = "".join(_dialog(entity, line, domain) if in_full else _state(line) for line in lines)
    return (
        f'{_HEAD}<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" state="full" '
        f"entity={quoteattr(entity)}>\r\n{rows}</dialog-info>\r\n"
    )


def _direction(line: Line) -> str:
    return "initiator" if line.is_caller else "recipient"


def _state(line: Line) -> str:
    kept = f"id={quoteattr(line.id)} direction={quoteattr(_direction(line))}"
    return f"<dialog {kept}><state>{line.state}</state></dialog>\r\n"


def _dialog(entity: str, line: Line, domain: str) -> str:
    direction = _direction(line)
    event = ' event="remote-bye"' if line.state == TERMINATED else ""
    tags = f" local-tag={quoteattr(line.local_tag)}" if line.local_tag else ""
    tags += f" remote-tag={quoteattr(line.remote_tag)}" if line.remote_tag else ""

    def party(name: str, identity: str, target: str) -> str:
        where = f"<target uri={quoteattr(target)}/>" if target else ""
        return f"<{name}><identity>{escape(identity)}</identity>{where}</{name}>"

    return (
        f"<dialog id={quoteattr(line.id)} call-id={quoteattr(line.call_id)}{tags} direction={quoteattr(direction)}>"
        f"<state{event}>{line.state}</state>"
        f"{party('local', entity, line.local_target)}"
        f"{party('remote', f'sip:{line.other}@{domain}', line.remote_target)}</dialog>\r\n"
    )


def summary(account: str, new: int, old: int) -> str:
    """How much waits in a mailbox."""
    waiting = "yes" if new else "no"
    return f"Messages-Waiting: {waiting}\r\nMessage-Account: {account}\r\nVoice-Message: {new}/{old} (0/0)\r\n"

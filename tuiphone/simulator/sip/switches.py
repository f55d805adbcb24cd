"""The switches of the server, as `--set sip.KEY=VALUE`, and as the control call `set` turns them."""

from typing import Any

DEFAULTS: dict[str, Any] = {
    "port": 8060,
    "path": "/sip",
    "domain": "phones.example",
    "tls_certificate": "",  # with it the socket is wss
    "tls_key": "",
    "tls_client_ca": "",  # with it clients need a certificate that this one signed
    # who somebody is
    "auth": "both",  # md5, sha256, both, auth-int, legacy (no qop) or none
    "realm": "",  # the domain
    "nonce_seconds": 300.0,
    "nonce_uses": 0,  # as often as one likes
    "wrong_password": 0,  # the status of its refusal; 0 is another challenge
    # registration and subscription
    "min_expires": 1,
    "max_expires": 3600,
    "outbound": 1,
    "flow_timer": 120,
    "gruu": 1,
    "path_header": 1,
    "service_route": 0,
    "register_header": "",  # more headers of the answer to REGISTER, with | between
    "options_seconds": 0.0,  # how often devices are sent OPTIONS, as some servers do to keep flows open
    # calls
    "record_route": 1,
    "ring_seconds": 60.0,
    "pace": 1.0,  # what the pauses of robots are multiplied by
    "session_seconds": 90.0,  # of the users timer, timer-dies and timer-uac
    "pickup_code": "*8",  # dialled before somebody's name, it takes the call that rings there; empty: there is none
    "line_details": 1,  # 0: those who watch lines are told their state alone, as by a PBX that is no proxy
    "voicemail": 0,  # messages that wait for everybody at the start
    # trouble
    "unanswered": "",  # methods, with commas, that are passed over, and so are responses to them
    "refuse": "",  # REGISTER:503,MESSAGE:404 and so on
    "retry_after": 0,  # seconds, said with these
    "delay_seconds": 0.0,  # before anything goes out
    "drop_after": 0,  # messages from a socket after which it breaks
    "keep_alive": 1,  # 0 leaves them unanswered
}
FIXED = ("port", "path", "domain", "tls_certificate", "tls_key", "tls_client_ca", "voicemail", "options_seconds")
"""Those that cannot be turned while it runs."""

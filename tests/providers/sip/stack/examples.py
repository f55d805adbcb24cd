"""The messages of RFC 3261 section 24: a registration, and a call through two proxies, without bodies."""

REGISTRATION = (
    """REGISTER sip:registrar.biloxi.com SIP/2.0
Via: SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKnashds7
Max-Forwards: 70
To: Bob <sip:bob@biloxi.com>
From: Bob <sip:bob@biloxi.com>;tag=456248
Call-ID: 843817637684230@998sdasdh09
CSeq: 1826 REGISTER
Contact: <sip:bob@192.0.2.4>
Expires: 7200
Content-Length: 0

""",
    """SIP/2.0 200 OK
Via: SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKnashds7
 ;received=192.0.2.4
To: Bob <sip:bob@biloxi.com>;tag=2493k59kd
From: Bob <sip:bob@biloxi.com>;tag=456248
Call-ID: 843817637684230@998sdasdh09
CSeq: 1826 REGISTER
Contact: <sip:bob@192.0.2.4>
Expires: 7200
Content-Length: 0

""",
)

ALICE = "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds8"
ATLANTA = "Via: SIP/2.0/UDP bigbox3.site3.atlanta.com;branch=z9hG4bK77ef4c2312983.1"
BILOXI = "Via: SIP/2.0/UDP server10.biloxi.com;branch=z9hG4bK4b43c2ff8.1"
SEEN_ALICE = f"{ALICE}\n ;received=192.0.2.1"
SEEN_ATLANTA = f"{ATLANTA}\n ;received=192.0.2.2"
SEEN_BILOXI = f"{BILOXI}\n ;received=192.0.2.3"


def _invite(max_forwards: int, *vias: str) -> str:
    lines = [
        "INVITE sip:bob@biloxi.com SIP/2.0" if len(vias) < 3 else "INVITE sip:bob@192.0.2.4 SIP/2.0",
        *vias,
        f"Max-Forwards: {max_forwards}",
        "To: Bob <sip:bob@biloxi.com>",
        "From: Alice <sip:alice@atlanta.com>;tag=1928301774",
        "Call-ID: a84b4c76e66710",
        "CSeq: 314159 INVITE",
        "Contact: <sip:alice@pc33.atlanta.com>",
        "Content-Type: application/sdp",
        "Content-Length: 0",
    ]
    return "\n".join((*lines, "", ""))


def _response(first: str, *vias: str, tag: str = "", more: str = "") -> str:
    return "\n".join(
        (
            f"SIP/2.0 {first}",
            *vias,
            f"To: Bob <sip:bob@biloxi.com>{tag}",
            "From: Alice <sip:alice@atlanta.com>;tag=1928301774",
            "Call-ID: a84b4c76e66710",
            *([more] if more else []),
            "CSeq: 314159 INVITE",
            "Content-Length: 0",
            "",
            "",
        )
    )


_TAG = ";tag=a6c85cf"
_BOB = "Contact: <sip:bob@192.0.2.4>"

CALL = {
    "F1": _invite(70, ALICE),
    "F2": _invite(69, ATLANTA, SEEN_ALICE),
    "F3": _response("100 Trying", SEEN_ALICE),
    "F4": _invite(68, BILOXI, SEEN_ATLANTA, SEEN_ALICE),
    "F5": _response("100 Trying", SEEN_ATLANTA, SEEN_ALICE),
    "F6": _response("180 Ringing", SEEN_BILOXI, SEEN_ATLANTA, SEEN_ALICE, tag=_TAG, more=_BOB),
    "F7": _response("180 Ringing", SEEN_ATLANTA, SEEN_ALICE, tag=_TAG, more=_BOB),
    "F8": _response("180 Ringing", SEEN_ALICE, tag=_TAG, more=_BOB),
    "F9": _response("200 OK", SEEN_BILOXI, SEEN_ATLANTA, SEEN_ALICE, tag=_TAG, more=_BOB),
    "F10": _response("200 OK", SEEN_ATLANTA, SEEN_ALICE, tag=_TAG, more=_BOB),
    "F11": _response("200 OK", SEEN_ALICE, tag=_TAG, more=_BOB),
    "F12": """ACK sip:bob@192.0.2.4 SIP/2.0
Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds9
Max-Forwards: 70
To: Bob <sip:bob@biloxi.com>;tag=a6c85cf
From: Alice <sip:alice@atlanta.com>;tag=1928301774
Call-ID: a84b4c76e66710
CSeq: 314159 ACK
Content-Length: 0

""",
    "F13": """BYE sip:alice@pc33.atlanta.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKnashds10
Max-Forwards: 70
From: Bob <sip:bob@biloxi.com>;tag=a6c85cf
To: Alice <sip:alice@atlanta.com>;tag=1928301774
Call-ID: a84b4c76e66710
CSeq: 231 BYE
Content-Length: 0

""",
    "F14": """SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKnashds10
From: Bob <sip:bob@biloxi.com>;tag=a6c85cf
To: Alice <sip:alice@atlanta.com>;tag=1928301774
Call-ID: a84b4c76e66710
CSeq: 231 BYE
Content-Length: 0

""",
}

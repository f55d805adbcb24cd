"""How endpoints that one meets over SIP write their session descriptions.

Typed after what each writes, in its order and with its habits; keys, names and addresses are made up, or those of a
real far end that a test puts in their place.
"""

from dataclasses import dataclass

from tests.media.descriptions import HASH, lines


@dataclass(frozen=True, slots=True)
class Keys:
    """What of a description belongs to one connection."""

    ufrag: str = "Uf4g"
    password: str = "pA55w0rdpA55w0rdpA55w0rd"
    digest: str = HASH
    address: str = "192.0.2.44"
    port: str = "40404"
    setup: str = "actpass"

    def put_into(self, template: str) -> str:
        """The description with these."""
        for token, value in (
            ("UFRAG", self.ufrag), ("PASSWORD", self.password), ("DIGEST", self.digest), ("ADDRESS", self.address),
            ("PORT", self.port), ("SETUP", self.setup),
        ):  # fmt: skip
            template = template.replace(token, value)
        return template


SECURITY = """
    a=ice-ufrag:UFRAG
    a=ice-pwd:PASSWORD
    a=fingerprint:sha-256 DIGEST
    a=setup:SETUP
"""

CHROME = lines(f"""
    v=0
    o=- 2890844526 2 IN IP4 127.0.0.1
    s=-
    t=0 0
    a=group:BUNDLE 0
    a=extmap-allow-mixed
    a=msid-semantic: WMS 5d3a
    m=audio PORT UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
    c=IN IP4 ADDRESS
    a=rtcp:9 IN IP4 0.0.0.0
    a=candidate:1467250027 1 udp 2122260223 ADDRESS PORT typ host generation 0 network-id 1
    a=candidate:435653019 1 tcp 1518280447 ADDRESS 9 typ host tcptype active generation 0 network-id 1
    a=candidate:2999745851 1 udp 2122063615 2001:db8::44 50001 typ host generation 0 network-id 2 network-cost 10
    {SECURITY}
    a=ice-options:trickle
    a=mid:0
    a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
    a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=sendrecv
    a=msid:5d3a 77f1
    a=rtcp-mux
    a=rtcp-rsize
    a=rtpmap:111 opus/48000/2
    a=rtcp-fb:111 transport-cc
    a=fmtp:111 minptime=10;useinbandfec=1
    a=rtpmap:63 red/48000/2
    a=fmtp:63 111/111
    a=rtpmap:9 G722/8000
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:13 CN/8000
    a=rtpmap:110 telephone-event/48000
    a=rtpmap:126 telephone-event/8000
    a=ssrc:1001 cname:c1
    a=ssrc:1001 msid:5d3a 77f1
""")

CHROME_MDNS = CHROME.replace(
    "a=candidate:1467250027 1 udp 2122260223 ADDRESS PORT typ host generation 0 network-id 1",
    "a=candidate:1467250027 1 udp 2122260223 7f3b9d20-1c1e-4f61-9e0a-3d5a8f4b2c10.local 50000 typ host generation 0",
).replace("m=audio PORT", "m=audio 9")

FIREFOX = lines("""
    v=0
    o=mozilla...THIS_IS_SDPARTA-128.0 8123456789012345678 0 IN IP4 0.0.0.0
    s=-
    t=0 0
    a=sendrecv
    a=fingerprint:sha-256 DIGEST
    a=group:BUNDLE 0
    a=ice-options:trickle
    a=msid-semantic:WMS *
    m=audio PORT UDP/TLS/RTP/SAVPF 109 9 0 8 101
    c=IN IP4 ADDRESS
    a=candidate:0 1 UDP 2122252543 ADDRESS PORT typ host
    a=candidate:1 1 TCP 2105524479 ADDRESS 9 typ host tcptype active
    a=sendrecv
    a=end-of-candidates
    a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
    a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
    a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
    a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
    a=fmtp:101 0-15
    a=ice-pwd:PASSWORD
    a=ice-ufrag:UFRAG
    a=mid:0
    a=msid:{11111111-0000-4000-8000-000000000000} {22222222-0000-4000-8000-000000000000}
    a=rtcp-mux
    a=rtpmap:109 opus/48000/2
    a=rtpmap:9 G722/8000/1
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000/1
    a=setup:SETUP
    a=ssrc:2002 cname:{33333333-0000-4000-8000-000000000000}
""")

_SAFARI_VIDEO = f"""
    m=video PORT UDP/TLS/RTP/SAVPF 96 97 98 99 100 101 127 125 104
    c=IN IP4 ADDRESS
    a=rtcp:9 IN IP4 0.0.0.0
    {SECURITY}
    a=ice-options:trickle
    a=mid:1
    a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
    a=extmap:13 urn:3gpp:video-orientation
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=sendrecv
    a=msid:s1 v1
    a=rtcp-mux
    a=rtcp-rsize
    a=rtpmap:96 H264/90000
    a=rtcp-fb:96 goog-remb
    a=rtcp-fb:96 transport-cc
    a=rtcp-fb:96 ccm fir
    a=rtcp-fb:96 nack
    a=rtcp-fb:96 nack pli
    a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f
    a=rtpmap:97 rtx/90000
    a=fmtp:97 apt=96
    a=rtpmap:98 H264/90000
    a=rtcp-fb:98 nack
    a=rtcp-fb:98 nack pli
    a=fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
    a=rtpmap:99 rtx/90000
    a=fmtp:99 apt=98
    a=rtpmap:100 VP8/90000
    a=rtcp-fb:100 nack
    a=rtcp-fb:100 nack pli
    a=rtpmap:101 rtx/90000
    a=fmtp:101 apt=100
    a=rtpmap:127 red/90000
    a=rtpmap:125 ulpfec/90000
    a=rtpmap:104 H265/90000
    a=ssrc-group:FID 3003 3004
    a=ssrc:3003 cname:c2
    a=ssrc:3004 cname:c2
"""
SAFARI_VIDEO = CHROME.replace("BUNDLE 0", "BUNDLE 0 1") + lines(_SAFARI_VIDEO)

ASTERISK = lines("""
    v=0
    o=- 1718202020 1718202020 IN IP4 192.0.2.60
    s=Asterisk
    c=IN IP4 192.0.2.60
    t=0 0
    a=msid-semantic:WMS *
    a=group:BUNDLE audio-0
    m=audio PORT UDP/TLS/RTP/SAVPF 107 8 0 101
    a=connection:new
    a=setup:SETUP
    a=fingerprint:SHA-256 DIGEST
    a=ice-ufrag:UFRAG
    a=ice-pwd:PASSWORD
    a=candidate:Hc000023c 1 UDP 2130706431 ADDRESS PORT typ host
    a=candidate:S0a000001 1 UDP 1694498815 198.51.100.60 10902 typ srflx raddr 192.0.2.60 rport 10902
    a=rtpmap:107 opus/48000/2
    a=fmtp:107 useinbandfec=1
    a=rtpmap:8 PCMA/8000
    a=rtpmap:0 PCMU/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-16
    a=ptime:20
    a=maxptime:140
    a=sendrecv
    a=rtcp-mux
    a=ssrc:4004 cname:5e1f
    a=msid:6a 7b
    a=rtcp-fb:* transport-cc
    a=mid:audio-0
""")

ASTERISK_OLD = lines("""
    v=0
    o=root 1312 1312 IN IP4 192.0.2.61
    s=Asterisk PBX
    c=IN IP4 192.0.2.61
    t=0 0
    m=audio PORT RTP/SAVPF 0 8 3 101
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:3 GSM/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-16
    a=silenceSupp:off - - - -
    a=ptime:20
    a=maxptime:150
    a=ice-ufrag:UFRAG
    a=ice-pwd:PASSWORD
    a=candidate:Hc000023d 1 UDP 2130706431 ADDRESS PORT typ host
    a=candidate:Hc000023d 2 UDP 2130706430 ADDRESS 40405 typ host
    a=connection:new
    a=setup:SETUP
    a=fingerprint:SHA-256 DIGEST
    a=sendrecv
""")
"""No mid, no bundle, no rtcp-mux, and a name for the transport that once meant something else."""

FREESWITCH = lines("""
    v=0
    o=FreeSWITCH 1718200000 1718200001 IN IP4 192.0.2.62
    s=FreeSWITCH
    c=IN IP4 192.0.2.62
    t=0 0
    a=msid-semantic: WMS rVx
    m=audio PORT UDP/TLS/RTP/SAVPF 102 9 0 8 104 101 13
    a=rtpmap:102 opus/48000/2
    a=fmtp:102 useinbandfec=1; minptime=10; maxptime=40
    a=rtpmap:9 G722/8000
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:104 telephone-event/48000
    a=fmtp:104 0-15
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-15
    a=rtpmap:13 CN/8000
    a=fingerprint:sha-256 DIGEST
    a=setup:SETUP
    a=rtcp-mux
    a=rtcp:PORT IN IP4 ADDRESS
    a=ssrc:5005 cname:Ab
    a=ssrc:5005 msid:rVx a0
    a=ssrc:5005 mslabel:rVx
    a=ssrc:5005 label:rVxa0
    a=ice-ufrag:UFRAG
    a=ice-pwd:PASSWORD
    a=candidate:3340000001 1 udp 2130706431 ADDRESS PORT typ host generation 0
    a=candidate:3340000001 2 udp 2130706430 ADDRESS PORT typ host generation 0
    a=silenceSupp:off - - - -
    a=ptime:20
    a=end-of-candidates
    m=video 0 UDP/TLS/RTP/SAVPF 19
""")
"""Its picture is refused, with a payload type that nobody named."""

RTPENGINE = lines("""
    v=0
    o=- 1545997027 1 IN IP4 192.0.2.63
    s=tuiphone-test
    t=0 0
    a=ice-lite
    m=audio PORT UDP/TLS/RTP/SAVPF 96 0 8 101
    c=IN IP4 ADDRESS
    a=mid:1
    a=rtpmap:96 opus/48000/2
    a=fmtp:96 sprop-maxcapturerate=16000;maxplaybackrate=16000;stereo=0;useinbandfec=1;usedtx=0
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-15
    a=sendrecv
    a=rtcp:PORT
    a=rtcp-mux
    a=setup:SETUP
    a=fingerprint:sha-256 DIGEST
    a=tls-id:8d1f0a6c2b7e45f39012ab34cd56ef78
    a=ptime:20
    a=ice-ufrag:UFRAG
    a=ice-pwd:PASSWORD
    a=candidate:R7nqLUw1bU0eGqAo 1 UDP 2130706431 ADDRESS PORT typ host
    a=end-of-candidates
""")

BARESIP = lines("""
    v=0
    o=- 1905261327 703212190 IN IP4 192.0.2.64
    s=-
    c=IN IP4 192.0.2.64
    t=0 0
    a=tool:baresip 3.9.0
    a=ice-ufrag:UFRAG
    a=ice-pwd:PASSWORD
    a=group:BUNDLE 0
    m=audio PORT UDP/TLS/RTP/SAVPF 96 9 0 8 101
    a=rtpmap:96 opus/48000/2
    a=fmtp:96 stereo=1;sprop-stereo=1
    a=rtpmap:9 G722/8000
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-15
    a=fingerprint:SHA-256 DIGEST
    a=setup:SETUP
    a=rtcp:40405
    a=rtcp-mux
    a=sendrecv
    a=mid:0
    a=label:1
    a=rtcp-rsize
    a=ssrc:6006 cname:sip:bob@example.com
    a=ptime:20
    a=candidate:7f000001 1 UDP 2113932031 ADDRESS PORT typ host
""")
"""Its ICE credentials stand above the first line."""

JANUS = lines("""
    v=0
    o=- 1718200000000001 1 IN IP4 192.0.2.65
    s=Janus SIP
    t=0 0
    a=group:BUNDLE audio
    a=ice-options:trickle
    a=fingerprint:sha-256 DIGEST
    a=extmap-allow-mixed
    a=msid-semantic: WMS *
    m=audio 9 UDP/TLS/RTP/SAVPF 111
    c=IN IP4 ADDRESS
    a=sendrecv
    a=mid:audio
    a=rtcp-mux
    a=ice-ufrag:UFRAG
    a=ice-pwd:PASSWORD
    a=ice-options:trickle
    a=setup:SETUP
    a=rtpmap:111 opus/48000/2
    a=rtcp-fb:111 transport-cc
    a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
    a=msid:janus janusa0
    a=ssrc:7007 cname:janus
    a=candidate:1 1 udp 2015363327 ADDRESS PORT typ host
    a=end-of-candidates
""")
"""One codec, port 9 with its candidates inside, and no digits in the sound."""

PLAN_B = lines(f"""
    v=0
    o=- 6611733054762223410 3 IN IP4 127.0.0.1
    s=-
    t=0 0
    a=group:BUNDLE audio video
    a=msid-semantic: WMS one two
    m=audio PORT RTP/SAVPF 111 0 126
    c=IN IP4 ADDRESS
    a=rtcp:1 IN IP4 0.0.0.0
    a=candidate:1 1 udp 2122260223 ADDRESS PORT typ host generation 0
    {SECURITY}
    a=mid:audio
    a=sendrecv
    a=rtcp-mux
    a=rtpmap:111 opus/48000/2
    a=fmtp:111 minptime=10; useinbandfec=1
    a=rtpmap:0 PCMU/8000
    a=rtpmap:126 telephone-event/8000
    a=maxptime:60
    a=ssrc:8001 cname:one
    a=ssrc:8001 msid:one a1
    a=ssrc:8001 mslabel:one
    a=ssrc:8001 label:a1
    a=ssrc:8002 cname:two
    a=ssrc:8002 msid:two a2
    m=video PORT RTP/SAVPF 100 116 117 96
    c=IN IP4 ADDRESS
    a=rtcp:1 IN IP4 0.0.0.0
    {SECURITY}
    a=mid:video
    a=sendrecv
    a=rtcp-mux
    a=rtpmap:100 VP8/90000
    a=rtcp-fb:100 ccm fir
    a=rtcp-fb:100 nack
    a=rtcp-fb:100 nack pli
    a=rtpmap:116 red/90000
    a=rtpmap:117 ulpfec/90000
    a=rtpmap:96 rtx/90000
    a=fmtp:96 apt=100
    a=ssrc-group:FID 8003 8004
    a=ssrc:8003 cname:one
    a=ssrc:8003 msid:one v1
    a=ssrc:8004 cname:one
    a=ssrc:8004 msid:one v1
    a=ssrc-group:FID 8005 8006
    a=ssrc:8005 cname:two
    a=ssrc:8005 msid:two v2
    a=ssrc:8006 cname:two
    a=ssrc:8006 msid:two v2
""")
"""Several senders in one line, as Chrome wrote them before Unified Plan."""

NO_BUNDLE_VIDEO = ASTERISK_OLD + lines("""
    m=video 40500 RTP/SAVPF 99
    a=rtpmap:99 H264/90000
    a=fmtp:99 profile-level-id=42801F;packetization-mode=1
    a=ice-ufrag:UFRAG
    a=ice-pwd:PASSWORD
    a=candidate:Hc000023d 1 UDP 2130706431 ADDRESS 40500 typ host
    a=connection:new
    a=setup:SETUP
    a=fingerprint:SHA-256 DIGEST
    a=sendrecv
""")

VIDEO_FIRST = (
    CHROME.split("m=audio")[0].replace("BUNDLE 0", "BUNDLE 1 0")
    + lines(_SAFARI_VIDEO)
    + ("m=audio" + CHROME.split("m=audio")[1])
)

_UNKNOWN = (*range(35, 63), *range(96, 110), 112)
MANY_CODECS = CHROME.replace(
    "SAVPF 111 63 9 0 8 13 110 126",
    f"SAVPF {' '.join(str(number) for number in _UNKNOWN)} 63 111 9 0 3 4 18 8 13 110 126",
) + "".join(f"a=rtpmap:{number} speex/{8000 + number}\r\na=rtcp-fb:{number} nack foo\r\n" for number in _UNKNOWN)
"""With comfort noise, G.723, G.729, GSM and dozens nobody knows."""

SAVP = FREESWITCH.replace("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP")
IPV6 = ASTERISK.replace("IN IP4 192.0.2.60", "IN IP6 2001:db8::60").replace(
    "a=candidate:Hc", "a=candidate:H6 1 UDP 2130706175 2001:db8::60 40404 typ host\r\na=candidate:Hc"
)
TWO_HASHES = CHROME.replace("a=fingerprint:sha-256", f"a=fingerprint:sha-1 {HASH[:59]}\r\na=fingerprint:sha-256")
MANY_CANDIDATES = (
    CHROME
    + f"a=candidate:{'9' * 5000} 1 udp 1 192.0.2.1 1 typ host\r\n"
    + "".join(f"a=candidate:{n} 1 udp {n} 192.0.2.{n % 250} {2000 + n} typ host ufrag x\r\n" for n in range(600))
)
NO_MID = CHROME.replace("a=mid:0\r\n", "").replace("a=group:BUNDLE 0\r\n", "")
BARE_LINE_ENDS = ASTERISK.replace("\r\n", "\n")

CORPUS = {
    "chrome": CHROME,
    "chrome with mDNS names": CHROME_MDNS,
    "firefox": FIREFOX,
    "safari with video": SAFARI_VIDEO,
    "asterisk": ASTERISK,
    "asterisk, old": ASTERISK_OLD,
    "freeswitch": FREESWITCH,
    "rtpengine": RTPENGINE,
    "baresip": BARESIP,
    "janus": JANUS,
    "plan b": PLAN_B,
    "video without bundle": NO_BUNDLE_VIDEO,
    "video first": VIDEO_FIRST,
    "many codecs": MANY_CODECS,
    "savp": SAVP,
    "ipv6": IPV6,
    "two hashes": TWO_HASHES,
    "many candidates": MANY_CANDIDATES,
    "no mid": NO_MID,
    "bare line ends": BARE_LINE_ENDS,
}

PLAIN_RTP = lines("""
    v=0
    o=- 1 1 IN IP4 192.0.2.70
    s=-
    c=IN IP4 192.0.2.70
    t=0 0
    m=audio 40404 RTP/AVP 0 8 18 101
    a=rtpmap:18 G729/8000
    a=rtpmap:101 telephone-event/8000
    a=sendrecv
""")

REFUSED = {
    "plain rtp": (PLAIN_RTP, r"not encrypted \(RTP/AVP\)"),
    "sdes": (
        PLAIN_RTP.replace("RTP/AVP", "RTP/SAVP")
        + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n",
        "SDES",
    ),
    "no fingerprint": (CHROME.replace("a=fingerprint:sha-256 DIGEST\r\n", ""), "no DTLS fingerprint"),
    "sha-1 only": (CHROME.replace("sha-256 DIGEST", f"sha-1 {HASH[:59]}"), "proves nothing"),
    "no ice": (CHROME.replace("a=ice-ufrag:UFRAG\r\n", ""), "ICE"),
    "no codec in common": (JANUS.replace("opus", "speex"), "no codec"),
    "comfort noise and digits only": (CHROME.replace("SAVPF 111 63 9 0 8 13", "SAVPF 13"), "no codec"),
    "sound refused": (FREESWITCH.replace("m=audio PORT", "m=audio 0"), "refused"),
    "endless": (CHROME + f"a=candidate:1 1 udp 1 192.0.2.1 1 typ host {'x' * 300}\r\n" * 300, "too long"),
    "fax": (PLAIN_RTP.replace("m=audio 40404 RTP/AVP 0 8 18 101", "m=image 40404 udptl t38"), "offers no sound"),
    "video only": ("v=0\r\n" + lines(_SAFARI_VIDEO), "offers no sound"),
    "nothing": ("v=0\r\no=- 1 1 IN IP4 192.0.2.70\r\ns=-\r\nt=0 0\r\n", "offers no sound"),
}
"""With a word of the sentence that refuses each."""

"""Session descriptions in the way that browsers and servers write them; all names, keys and addresses are made up."""

HASH = ":".join(f"{n:02X}" for n in range(32))


def lines(text: str) -> str:
    """A description's text with the line ends it needs."""
    return "".join(f"{line.strip()}\r\n" for line in text.strip().splitlines())


CHROME_AUDIO = lines(f"""
    v=0
    o=- 4611733054762223410 2 IN IP4 127.0.0.1
    s=-
    t=0 0
    a=group:BUNDLE 0
    a=extmap-allow-mixed
    a=msid-semantic: WMS stream-of-alice
    m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
    c=IN IP4 0.0.0.0
    a=rtcp:9 IN IP4 0.0.0.0
    a=ice-ufrag:aB3d
    a=ice-pwd:kq7Wn5pXe2LrT9sVb4YcM1zA
    a=ice-options:trickle
    a=fingerprint:sha-256 {HASH}
    a=setup:actpass
    a=mid:0
    a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
    a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=sendrecv
    a=msid:stream-of-alice 7f0c1c5e-track
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
    a=ssrc:3141592653 cname:cn-of-alice
    a=ssrc:3141592653 msid:stream-of-alice 7f0c1c5e-track
""")

CHROME_VIDEO_LINE = lines(f"""
    m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 45 46
    c=IN IP4 0.0.0.0
    a=rtcp:9 IN IP4 0.0.0.0
    a=ice-ufrag:aB3d
    a=ice-pwd:kq7Wn5pXe2LrT9sVb4YcM1zA
    a=ice-options:trickle
    a=fingerprint:sha-256 {HASH}
    a=setup:actpass
    a=mid:1
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=extmap:13 urn:3gpp:video-orientation
    a=sendrecv
    a=msid:stream-of-alice 9a-track
    a=rtcp-mux
    a=rtcp-rsize
    a=rtpmap:96 VP8/90000
    a=rtcp-fb:96 goog-remb
    a=rtcp-fb:96 transport-cc
    a=rtcp-fb:96 ccm fir
    a=rtcp-fb:96 nack
    a=rtcp-fb:96 nack pli
    a=rtpmap:97 rtx/90000
    a=fmtp:97 apt=96
    a=rtpmap:103 H264/90000
    a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
    a=rtpmap:104 rtx/90000
    a=fmtp:104 apt=103
    a=rtpmap:45 AV1/90000
    a=fmtp:45 level-idx=5;profile=0;tier=0
    a=rtpmap:46 rtx/90000
    a=fmtp:46 apt=45
    a=ssrc-group:FID 111111 222222
    a=ssrc:111111 cname:cn-of-alice
    a=ssrc:222222 cname:cn-of-alice
""")

CHROME_VIDEO = CHROME_AUDIO.replace("BUNDLE 0", "BUNDLE 0 1") + CHROME_VIDEO_LINE

CHROME_DATA_LINE = lines(f"""
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel
    c=IN IP4 0.0.0.0
    a=ice-ufrag:aB3d
    a=ice-pwd:kq7Wn5pXe2LrT9sVb4YcM1zA
    a=fingerprint:sha-256 {HASH}
    a=setup:actpass
    a=mid:2
    a=sctp-port:5000
    a=max-message-size:262144
""")

FIREFOX_AUDIO = lines(f"""
    v=0
    o=mozilla...THIS_IS_SDPARTA-99.0 4294967295 0 IN IP4 0.0.0.0
    s=-
    t=0 0
    a=fingerprint:sha-256 {HASH}
    a=group:BUNDLE 0
    a=ice-options:trickle
    a=msid-semantic:WMS *
    m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 101
    c=IN IP4 0.0.0.0
    a=sendrecv
    a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
    a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
    a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
    a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
    a=fmtp:101 0-15
    a=ice-pwd:0123456789abcdef0123456789abcdef
    a=ice-ufrag:fe01dc23
    a=mid:0
    a=msid:- {{c2f1c5a0-0000-4000-8000-000000000000}}
    a=rtcp-mux
    a=rtpmap:109 opus/48000/2
    a=rtpmap:9 G722/8000/1
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=setup:actpass
    a=ssrc:2718281828 cname:{{c2f1}}
""")

FREESWITCH_ANSWER = lines(f"""
    v=0
    o=FreeSWITCH 1700000000 1700000001 IN IP4 192.0.2.10
    s=FreeSWITCH
    c=IN IP4 192.0.2.10
    t=0 0
    a=msid-semantic: WMS xyz
    m=audio 24680 UDP/TLS/RTP/SAVPF 96 101
    a=rtpmap:96 opus/48000/2
    a=fmtp:96 useinbandfec=1; maxaveragebitrate=30000; maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-16
    a=silenceSupp:off - - - -
    a=ptime:20
    a=sendrecv
    a=fingerprint:sha-256 {HASH.lower()}
    a=setup:active
    a=rtcp-mux
    a=rtcp:24680 IN IP4 192.0.2.10
    a=ssrc:1234567 cname:fs
    a=ssrc:1234567 msid:xyz a0
    a=ice-ufrag:FsUfrag1234
    a=ice-pwd:FsPasswordFsPasswordFs12
    a=candidate:9876543210 1 udp 2130706431 192.0.2.10 24680 typ host generation 0
    a=end-of-candidates
""")
"""No a=mid, no bundle, its candidates inside, and only one line where two were offered."""

FREESWITCH_OFFER = FREESWITCH_ANSWER.replace("setup:active", "setup:actpass").replace("SAVPF 96 101", "SAVPF 96 0 101")

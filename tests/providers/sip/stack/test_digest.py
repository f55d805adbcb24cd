"""Digest authentication: the examples of the RFCs, and servers that mean no good."""

import hashlib
import re

import pytest

from tests.providers.sip.stack.rig import PASSWORD, asked
from tuiphone.core.errors import AccessDenied
from tuiphone.providers.sip.challenge import Challenge, challenges, proof
from tuiphone.providers.sip.digest import MAX_ROUNDS, Attempts, Credentials
from tuiphone.providers.sip.message import Request, Response, reply

REGISTER = asked("REGISTER", uri="sip:example.com")
INVITE = asked("INVITE", uri="sip:bob@example.com")
MD5 = 'Digest realm="pbx", nonce="n1", qop="auth"'
SHA = 'Digest realm="pbx", nonce="n1", qop="auth,auth-int", algorithm=SHA-256, opaque="o"'


def refusal(*asking: str, request: Request = REGISTER, status: int = 401, to_tag: str | None = "far") -> Response:
    """A 401 or 407 with these challenges."""
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    return reply(request, status, to_tag=to_tag, headers=[(name, each) for each in asking])


def said(request: Request, name: str = "Authorization") -> dict[str, str]:
    """The parameters of the credentials in a request."""
    values = request.headers.all(name)
    assert len(values) == 1
    assert values[0].startswith("Digest ")
    return {key: value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|[^,]*)', values[0])}


def credentials() -> Credentials:
    return Credentials("alice", PASSWORD)


def hashed(*parts: str, algorithm: str = "md5") -> str:
    """KD of RFC 7616."""
    return hashlib.new(algorithm, ":".join(parts).encode()).hexdigest()


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm: str, response: str) -> None:
    challenge = Challenge(
        scheme="digest",
        answer_field="Authorization",
        realm="http-auth@example.org",
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        algorithm=algorithm,
        algorithm_text=algorithm,
        qops=frozenset({"auth", "auth-int"}),
    )
    value = proof(
        challenge,
        method="GET",
        uri="/dir/index.html",
        username="Mufasa",
        password="Circle of Life",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        count=1,
    )
    assert f'response="{response}"' in value
    assert "nc=00000001" in value
    assert "qop=auth," in value
    assert f"algorithm={algorithm}" in value
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value


def test_servers_without_qop_are_answered_as_rfc_2069_says() -> None:
    signed = credentials().answer(REGISTER, refusal('Digest realm="pbx", nonce="n1"'), Attempts())
    expected = hashed(hashed("alice", "pbx", PASSWORD), "n1", hashed("REGISTER", "sip:example.com"))
    assert said(signed)["response"] == expected
    assert not {"qop", "nc", "cnonce", "algorithm", "opaque"} & {*said(signed)}


@pytest.mark.parametrize(("name", "function"), [("MD5-sess", "md5"), ("sha-256-SESS", "sha256")])
def test_sessions_hash_the_numbers_of_both_sides_in(name: str, function: str) -> None:
    asking = f'Digest realm="pbx", nonce="n1", qop=auth, algorithm={name}'
    answer = said(credentials().answer(REGISTER, refusal(asking), Attempts()))
    first = hashed("alice", "pbx", PASSWORD, algorithm=function)
    first = hashed(first, "n1", answer["cnonce"], algorithm=function)
    second = hashed("REGISTER", "sip:example.com", algorithm=function)
    expected = hashed(first, "n1", "00000001", answer["cnonce"], "auth", second, algorithm=function)
    assert answer["response"] == expected
    assert answer["algorithm"] == name


def test_the_strongest_that_is_known_is_answered_wherever_it_stands() -> None:
    unknown = 'Digest realm="pbx", nonce="n1", algorithm=NEW-512'
    for order in ((MD5, SHA, unknown), (unknown, SHA, MD5)):
        assert said(credentials().answer(REGISTER, refusal(*order), Attempts()))["algorithm"] == "SHA-256"
    # All in one field, as in HTTP.
    assert said(credentials().answer(REGISTER, refusal(f"{MD5}, {SHA}"), Attempts()))["algorithm"] == "SHA-256"


def test_a_server_that_asks_for_less_than_before_is_not_answered() -> None:
    ours = credentials()
    ours.answer(REGISTER, refusal(SHA), Attempts())
    with pytest.raises(AccessDenied, match="weaker proof"):
        ours.answer(REGISTER, refusal(MD5.replace("n1", "n2")), Attempts())
    # After a reconnection it may be another server.
    ours.forget()
    assert "Authorization" not in ours.sign(REGISTER).headers
    assert said(ours.answer(REGISTER, refusal(MD5), Attempts()))["realm"] == "pbx"


@pytest.mark.parametrize(
    ("asking", "words"),
    [
        ('Digest realm="pbx", nonce="n", qop="auth-int"', "auth-int"),
        ('Basic realm="pbx"', "by Basic"),
        ('Digest realm="pbx", nonce="n", algorithm=AKAv1-MD5', "AKAV1-MD5"),
        ('Digest realm="pbx"', "no nonce"),
        ('Digest realm="\x1b[31m", nonce="n", qop="auth-int"', "server of “\\[31m”"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(asking: str, words: str) -> None:
    with pytest.raises(AccessDenied, match=words):
        credentials().answer(REGISTER, refusal(asking), Attempts())


def test_a_refusal_without_a_challenge_is_said_in_words() -> None:
    for asking in ((), ("",), ("Digest",)):
        with pytest.raises(AccessDenied, match="without saying how"):
            credentials().answer(REGISTER, refusal(*asking), Attempts())


def test_commas_and_quotes_inside_a_challenge_are_no_end_of_it() -> None:
    asking = 'Digest realm="a \\"b\\", c", nonce="x,y=z", qop="auth, auth-int" , stale=FALSE,algorithm="MD5"'
    found = list(challenges(refusal(asking)))
    assert [(each.realm, each.nonce, each.qops) for each in found] == [('a \\"b\\", c', "x,y=z", {"auth", "auth-int"})]
    value = credentials().answer(REGISTER, refusal(asking), Attempts()).headers.get("Authorization")
    assert value is not None
    assert 'realm="a \\"b\\", c", nonce="x,y=z"' in value


def test_a_second_refusal_means_a_wrong_password() -> None:
    ours, attempts = credentials(), Attempts()
    signed = ours.answer(REGISTER, refusal(MD5), attempts)
    with pytest.raises(AccessDenied, match="refused the user name or password"):
        ours.answer(signed, refusal(MD5.replace("n1", "n2")), attempts)
    # Nothing is sent along that was refused.
    assert "Authorization" not in ours.sign(REGISTER).headers


def test_a_stale_nonce_is_answered_once_more() -> None:
    ours, attempts = credentials(), Attempts()
    signed = ours.answer(REGISTER, refusal(MD5), attempts)
    again = ours.answer(signed, refusal(MD5.replace("n1", "n2") + ", stale=true"), attempts)
    assert said(again)["nonce"] == "n2"
    with pytest.raises(AccessDenied, match="takes no answer as fresh"):
        ours.answer(again, refusal(MD5.replace("n1", "n3") + ", stale=true"), attempts)


def test_a_replayed_nonce_is_not_answered_again() -> None:
    ours, attempts = credentials(), Attempts()
    signed = ours.answer(REGISTER, refusal(MD5), attempts)
    with pytest.raises(AccessDenied, match="takes no answer as fresh"):
        ours.answer(signed, refusal(MD5 + ", stale=true"), attempts)


def test_a_nonce_that_comes_back_is_counted_on() -> None:
    ours = credentials()
    counts = [said(ours.answer(REGISTER, refusal(MD5), Attempts()))["nc"] for _ in range(3)]
    assert counts == ["00000001", "00000002", "00000003"]


def test_nobody_keeps_us_answering_for_ever() -> None:
    ours, attempts = credentials(), Attempts()
    for number in range(MAX_ROUNDS):
        ours.answer(REGISTER, refusal(f'Digest realm="r{number}", nonce="n"'), attempts)
    with pytest.raises(AccessDenied, match="again and again"):
        ours.answer(REGISTER, refusal('Digest realm="r99", nonce="n"'), attempts)


def test_the_next_request_has_credentials_unasked_and_counted() -> None:
    ours = credentials()
    first = ours.answer(REGISTER, refusal(MD5), Attempts())
    second = ours.sign(REGISTER)
    assert [said(each)["nc"] for each in (first, second)] == ["00000001", "00000002"]
    assert said(first)["response"] != said(second)["response"]
    # Those in a request that is signed again are replaced.
    assert said(ours.sign(second))["nc"] == "00000003"


def test_the_nonce_a_server_names_is_the_next() -> None:
    ours = credentials()
    ours.answer(REGISTER, refusal(MD5), Attempts())
    ours.heard(reply(REGISTER, 200, headers=[("Authentication-Info", 'nextnonce="n7", qop=auth')]))
    assert (said(ours.sign(REGISTER))["nonce"], said(ours.sign(REGISTER))["nc"]) == ("n7", "00000002")


def test_credentials_for_a_server_reach_nobody_else() -> None:
    ours = credentials()
    ours.answer(REGISTER, refusal(MD5), Attempts())
    ours.answer(INVITE, refusal(MD5, request=INVITE), Attempts())
    assert "Authorization" not in ours.sign(asked("INVITE", uri="sip:eve@evil.example")).headers
    assert "Authorization" in ours.sign(INVITE).headers
    # A proxy takes its own out before it sends the request on (RFC 3261 section 22.3).
    ours.answer(INVITE, refusal('Digest realm="proxy", nonce="p1"', request=INVITE, status=407), Attempts())
    elsewhere = ours.sign(asked("INVITE", uri="sip:eve@evil.example"))
    assert said(elsewhere, "Proxy-Authorization")["realm"] == "proxy"


def test_each_method_has_the_credentials_it_was_asked_for_and_no_others() -> None:
    ours = credentials()
    ours.answer(REGISTER, refusal(MD5), Attempts())
    message = asked("MESSAGE", uri="sip:example.com")
    assert ours.sign(message) == message
    ours.answer(message, refusal(MD5, request=message, status=407), Attempts())
    # The same realm and nonce: a registrar that is a proxy as well. Both kinds in one request end some servers.
    for request, name, count in ((REGISTER, "Authorization", "3"), (message, "Proxy-Authorization", "4")):
        signed = ours.sign(request)
        assert [key for key, _ in signed.headers if key.endswith("Authorization")] == [name]
        assert said(signed, name)["nc"] == f"0000000{count}"


def test_within_a_call_nothing_is_sent_unasked() -> None:
    ours = credentials()
    asking = 'Digest realm="proxy", nonce="p1"'
    ours.answer(INVITE, refusal(asking, request=INVITE, status=407), Attempts())
    again = asked("INVITE", to_tag="far", uri="sip:bob@example.com")
    assert ours.sign(again) == again
    answered = ours.answer(again, refusal(asking, request=again, status=407), Attempts())
    assert said(answered, "Proxy-Authorization")["realm"] == "proxy"


def test_several_proxies_are_answered_together() -> None:
    ours = credentials()
    asking = refusal('Digest realm="a", nonce="1"', 'Digest realm="b", nonce="2"', request=INVITE, status=407)
    signed = ours.answer(INVITE, asking, Attempts())
    assert [re.findall('realm="(.)"', value) for value in signed.headers.all("Proxy-Authorization")] == [["a"], ["b"]]


def test_the_far_side_of_a_call_gets_no_proof_of_the_password() -> None:
    ours = credentials()
    ours.answer(REGISTER, refusal(MD5), Attempts())
    bye = asked("BYE", to_tag="far", uri="sip:eve@evil.example")
    for status in (401, 407):
        asking = refusal('Digest realm="eve", nonce="1"', request=bye, status=status)
        with pytest.raises(AccessDenied, match="none of our servers"):
            ours.answer(bye, asking, Attempts())
    with pytest.raises(AccessDenied, match="none of our servers"):
        ours.answer(INVITE, refusal('Digest realm="eve", nonce="1"', request=INVITE), Attempts())
    # Our own server may ask in a call, and a proxy on the way for a new one.
    assert said(ours.answer(bye, refusal(MD5.replace("n1", "n2"), request=bye), Attempts()))["realm"] == "pbx"
    asking = refusal('Digest realm="proxy", nonce="1"', request=INVITE, status=407)
    assert said(ours.answer(INVITE, asking, Attempts()), "Proxy-Authorization")["realm"] == "proxy"


def test_names_with_quotes_stay_inside_theirs() -> None:
    ours = Credentials('al"ice\\', PASSWORD)
    value = ours.answer(REGISTER, refusal(MD5), Attempts()).headers.get("Authorization")
    assert value is not None
    assert value.startswith('Digest username="al\\"ice\\\\", realm="pbx"')


def test_tables_of_what_servers_said_are_bounded() -> None:
    ours = credentials()
    for number in range(200):
        ours.answer(REGISTER, refusal(f'Digest realm="r{number}", nonce="n{number}"'), Attempts())
    assert max(len(table) for table in vars(ours).values() if isinstance(table, dict)) <= 32
    many = [f'Digest realm="r{number}", nonce="n"' for number in range(100)]
    assert len(list(challenges(refusal(*many)))) == 16
    long = refusal(f'Digest realm="{"x" * 7000}", nonce="n"')
    with pytest.raises(AccessDenied):
        ours.answer(REGISTER, long, Attempts())

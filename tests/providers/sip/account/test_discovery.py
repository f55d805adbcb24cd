"""The order of servers that DNS records give (RFC 3263, RFC 2782)."""

from collections import Counter

import pytest

from tuiphone.providers.sip.discovery import (
    Naptr,
    Server,
    Srv,
    Way,
    in_order,
    server_of,
    server_without_records,
    ways_of,
    ways_without_naptr,
)


def naptr(order: int, preference: int, service: str = "SIPS+D2W", **more: str) -> Naptr:
    flags, regexp = more.get("flags", "s"), more.get("regexp", "")
    return Naptr(order, preference, flags, service, regexp, more.get("to", f"_{order}.{preference}.example."))


def test_ways_come_by_order_and_then_by_preference() -> None:
    records = [naptr(20, 1), naptr(10, 9), naptr(10, 2), naptr(5, 50)]
    assert [way.name for way in ways_of(records, "pbx.example")] == [
        "_5.50.example",
        "_10.2.example",
        "_10.9.example",
        "_20.1.example",
    ]


@pytest.mark.parametrize(
    "record",
    [
        naptr(1, 1, "SIP+D2U"),
        naptr(1, 1, "SIPS+D2T"),
        naptr(1, 1, "SIP+D2W"),
        naptr(1, 1, flags="u"),
        naptr(1, 1, regexp="!.*!sip:x@y!"),
    ],
    ids=["another transport", "TLS over TCP", "clear text", "a URI", "a rewriting rule"],
)
def test_ways_that_are_not_ours_are_left_out(record: Naptr) -> None:
    assert ways_of([record, naptr(2, 2)], "pbx.example") == [Way("_2.2.example", True)]


def test_clear_text_stays_on_this_machine() -> None:
    assert ways_of([naptr(1, 1, "sip+d2w")], "localhost") == [Way("_1.1.example", False)]
    assert all(way.is_secure for way in ways_without_naptr("pbx.example"))
    assert not all(way.is_secure for way in ways_without_naptr("localhost"))


def test_a_lower_priority_comes_first_whatever_the_weights() -> None:
    records = [Srv(20, 1000, 443, "c"), Srv(10, 1, 443, "a"), Srv(15, 0, 443, "b")]
    assert [record.target for record in in_order(records)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("lots", "expected"),
    [
        # Ordered without weight first: x (0), a (1), b (3); running sums 0, 1, 4, and a lot of 0 to 4.
        ([0.0, 0.0, 0.0], ["x", "a", "b"]),
        ([0.3, 0.0, 0.0], ["a", "x", "b"]),
        ([0.9, 0.9, 0.0], ["b", "a", "x"]),
    ],
)
def test_within_a_priority_the_lot_decides_by_weight(lots: list[float], expected: list[str]) -> None:
    records = [Srv(1, 3, 443, "b"), Srv(1, 0, 443, "x"), Srv(1, 1, 443, "a")]
    drawn = iter(lots)
    assert [record.target for record in in_order(records, pick=lambda: next(drawn))] == expected


def test_the_shares_of_first_places_follow_the_weights() -> None:
    steps = [(number + 0.5) / 1000 for number in range(1000)]
    firsts = Counter(
        in_order([Srv(1, 60, 443, "big"), Srv(1, 20, 443, "small")], pick=lambda step=step: step)[0].target
        for step in steps
    )
    assert 700 <= firsts["big"] <= 800


def test_every_record_is_there_once_though_all_weights_are_nought() -> None:
    records = [Srv(1, 0, 443, name) for name in "abcdef"]
    assert sorted(record.target for record in in_order(records, pick=lambda: 0.999)) == list("abcdef")


def test_a_host_inside_the_domain_proves_its_own_name_and_another_one_the_domains() -> None:
    def made(target: str) -> Server | None:
        return server_of(Srv(1, 1, 8443, target), domain="pbx.example", path="/ws", is_secure=True)

    assert made("edge1.PBX.example.") == Server("wss://edge1.pbx.example:8443/ws")
    assert made("pbx.example") == Server("wss://pbx.example:8443/ws")
    assert made("hosted.provider.example") == Server("wss://hosted.provider.example:8443/ws", "pbx.example")
    assert made("evil-pbx.example") == Server("wss://evil-pbx.example:8443/ws", "pbx.example")


@pytest.mark.parametrize("target", [".", "", "a b", "a/b", "user@host", "-", "x" * 300])
def test_a_target_that_is_no_host_is_no_server(target: str) -> None:
    assert server_of(Srv(1, 1, 443, target), domain="pbx.example", path="/", is_secure=True) is None


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_that_is_none_is_no_server(port: int) -> None:
    assert server_of(Srv(1, 1, port, "a.example"), domain="pbx.example", path="/", is_secure=True) is None


def test_clear_text_to_another_machine_is_no_server() -> None:
    assert server_of(Srv(1, 1, 80, "edge.example"), domain="localhost", path="/", is_secure=False) is None
    assert server_of(Srv(1, 1, 80, "localhost."), domain="localhost", path="/ws", is_secure=False) == Server(
        "ws://localhost:80/ws"
    )


def test_a_domain_without_records_is_its_own_server() -> None:
    assert server_without_records("pbx.example", "/ws") == Server("wss://pbx.example:443/ws")

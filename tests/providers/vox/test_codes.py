"""What Vox's return codes come to."""

import re
from pathlib import Path

import pytest

import tuiphone.providers.vox as package
from tuiphone.core.errors import AccessDenied
from tuiphone.providers.vox import codes

PROTOCOL = (Path(package.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([\d, ]+) \| [^|]+ \| ([\d, ]+) \|", re.MULTILINE)


def test_codes_are_those_of_the_protocols_table():
    table: dict[int, int] = {}
    for wire, given in ROW.findall(PROTOCOL):
        table |= dict(zip(map(int, wire.split(",")), map(int, given.split(",")), strict=True))
    assert len(table) == 19
    # 18 to 30 stand in one line, in order.
    table |= {wire: 100_002 + wire for wire in range(18, 31)}
    assert {wire: meaning.code for wire, meaning in codes.MEANINGS.items()} == table
    assert set(table) == set(range(1, 33))


@pytest.mark.parametrize("ret", [0, 33, 4711, 2**31 - 1, -1])
def test_a_code_that_nobody_listed_is_a_failure_of_the_server(ret: int):
    assert codes.meaning(ret).code == 500
    assert not codes.is_success(ret)


def test_done_is_done_in_three_ways():
    assert [ret for ret in range(-1, 40) if codes.is_success(ret)] == [1, 2, 6]


@pytest.mark.parametrize("ret", [ret for ret in codes.MEANINGS if not codes.is_success(ret)])
def test_every_failure_is_a_sentence_with_the_vendors_code(ret: int):
    error = codes.failure(ret)
    assert str(error).endswith(f". ({error.code})")
    assert str(error)[0].isupper()


def test_what_is_of_no_use_to_try_again():
    denied = {error.code for ret in range(40) if codes.denial(error := codes.failure(ret)) is not None}
    assert denied == {401, 403, 499, 701, 702, 800, 801, 802, 803}
    assert isinstance(codes.denial(codes.failure(3)), AccessDenied)

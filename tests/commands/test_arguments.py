"""The command line itself: what it refuses, and that an interruption is quiet at any moment."""

import pytest

from tuiphone import cli


@pytest.mark.parametrize("number", ["0", "-1", "few"])
@pytest.mark.parametrize("command", ["history", "messages", "log", "contacts list", "recordings list"])
def test_a_limit_below_one_is_refused(capsys: pytest.CaptureFixture[str], command: str, number: str) -> None:
    with pytest.raises(SystemExit) as end:
        cli.make_parser().parse_args([*command.split(), "--limit", number])
    assert end.value.code == 2
    assert "--limit: " in capsys.readouterr().err


def test_an_interruption_while_a_command_is_being_imported_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(module: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "import_module", interrupted)
    assert cli.main(["desk"]) == 130
    assert capsys.readouterr() == ("", "")

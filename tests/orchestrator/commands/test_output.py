"""What commands print can be read, and searched where it goes into a pipe."""

import pytest

from orchestrator.commands.output import Output


def test_a_table_in_a_pipe_keeps_each_row_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"name": "A name of some length", "phone": "+442079460123", "reason": "words " * 20}

    Output().rows(("name", "phone", "reason"), [row])

    _, line = capsys.readouterr().out.splitlines()
    assert line.split("  ")[1] == "+442079460123"

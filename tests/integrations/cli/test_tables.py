"""Tables that fit the terminal: a line a session, whatever the width and the names."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from integrations.cli.rows import row_of_record
from integrations.cli.tables import table_of
from tests.integrations.cli.examples import game_record, party_record, voice_record


@pytest.mark.parametrize("width", [60, 76, 80, 100, 110, 160])
@pytest.mark.parametrize("live", [False, True])
def test_a_table_fits_with_a_line_a_session(width: int, *, live: bool) -> None:
    rows = [row_of_record(one) for one in (voice_record(), game_record(), party_record())]
    rows[0] = msgspec.structs.replace(rows[0], username="x" * 200, channel_name="日本語" * 40)
    stream = io.StringIO()
    Console(file=stream, width=width).print(table_of(rows, "UTC", width, live=live))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert all(len(line.rstrip()) <= width for line in lines)
    assert lines[2].startswith("game")
    assert "agu" in lines[2]
    assert "VALORANT" in lines[2] or width < 80
    assert "start unknown" in lines[2]

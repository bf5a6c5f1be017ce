"""What the commands say of a ledger in which a record cannot be read."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]


@pytest.fixture
def torn(data_dir: Path) -> Path:
    """Return a data folder in whose ledger one of three records cannot be read."""
    tear(data_dir)
    return data_dir


def tear(folder: Path) -> None:
    """Let nobody read Pino's stay."""
    with closing(sqlite3.connect(folder / "latido.db")) as connection:
        connection.execute(
            "UPDATE records SET stays = CAST(x'5b5b312c22ff225d5d' AS TEXT) WHERE kind = 'voice'"
        )
        connection.commit()


@pytest.mark.usefixtures("torn")
@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (("history", "--json"), 2),
        (("export",), 2),
        (("export", "--format", "csv", "--user", "Pino"), 2),
        (("report", "--json"), 1),
        (("totals", "Pino", "--json"), 1),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else None,
)
def test_a_record_that_cannot_be_read_is_passed_over_and_said_at_the_end(
    latido: Latido, command: tuple[str, ...], lines: int
) -> None:
    told = latido(*command)
    assert (told.status, told.out.count("\n")) == (1, lines)
    assert re.search(
        r"latido: ⚠️ In data/latido.db, 1 session cannot be read \(\S+; stays: it is not text in "
        r"UTF-8\): all others are there, and latido verify says what to do\n\Z",
        told.err,
    )


def test_a_backup_of_a_record_that_cannot_be_read_says_so_and_so_does_its_restore(
    latido: Latido, torn: Path
) -> None:
    told = latido("backup", "b.tar")
    assert told.status == 1
    first, second = told.err.splitlines()
    assert "1 session cannot be read" in first
    assert second.startswith("b.tar holds what cannot be read as it is, and the rest whole: ")
    again = latido("restore", "b.tar", "--data-dir", "other")
    assert again.status == 1
    assert "In other/latido.db, 1 session cannot be read" in again.err
    assert "other holds what b.tar holds." in again.err
    assert torn.exists()


def test_what_verify_advises_puts_it_back_and_touches_nothing_else(
    latido: Latido, data_dir: Path
) -> None:
    was_exported, was_live = latido("export").out, latido("sessions").out
    assert latido("backup", "BACKUP").status == 0
    tear(data_dir)
    advised = re.findall(r"latido ((?:restore|export|import) [^,]+),", latido("verify").out)
    assert [words.split()[0] for words in advised] == ["restore", "export", "import"]
    for words in advised:
        assert latido(*words.split()).status == 0
    assert latido("verify").status == 0
    assert (latido("export").out, latido("sessions").out) == (was_exported, was_live)

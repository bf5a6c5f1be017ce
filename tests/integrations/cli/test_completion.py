"""Completion: the shell is offered kinds, formats, and the names that the ledger knows."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.integrations.cli.examples import GUILD

if TYPE_CHECKING:
    from pathlib import Path


def offered(folder: Path, words: str) -> list[str]:
    """Return what zsh-like completion would offer after ``words``."""
    done = subprocess.run(
        [sys.executable, "-m", "integrations.cli"],
        cwd=folder,
        env={
            "_LATIDO_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("latido dia", ["diagram"]),
        ("latido history --kind ", ["voice", "game", "party"]),
        ("latido history --kind p", ["party"]),
        ("latido diagram v", ["voice"]),
        ("latido diagram voice --format ", ["mermaid", "dot", "svg"]),
        ("latido history --user P", ["Pino"]),
        ("latido history --guild ", [str(GUILD + 1), str(GUILD)]),
        ("latido report --period t", ["today"]),
        ("latido report --language ", ["es", "en"]),
        ("latido export --format c", ["csv"]),
        ("latido forget Z", ["Zeta"]),
    ],
)
@pytest.mark.usefixtures("data_dir")
def test_values_are_offered(tmp_path: Path, words: str, found: list[str]) -> None:
    assert offered(tmp_path, words) == found


def test_a_folder_that_is_not_there_offers_nothing(tmp_path: Path) -> None:
    assert offered(tmp_path, "latido history --user ") == []


def test_a_ledger_that_cannot_be_read_offers_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "latido.db").write_text("no database", encoding="utf-8")
    assert offered(tmp_path, "latido history --user ") == []

"""Completion: the shell is offered kinds, formats, and the names that the ledger knows."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.integrations.cli.examples import GUILD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integrations.cli.conftest import Outcome


def asking(words: str) -> dict[str, str]:
    """Return the environment in which bash asks what may come after ``words``."""
    return {
        "_LATIDO_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }


def offered(folder: Path, words: str) -> list[str]:
    """Return what a process that bash starts would offer after ``words``."""
    done = subprocess.run(
        [sys.executable, "-m", "integrations.cli"],
        cwd=folder,
        env=asking(words),
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
def test_values_are_offered(
    latido: Callable[..., Outcome],
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    found: list[str],
) -> None:
    for name, value in asking(words).items():
        monkeypatch.setenv(name, value)
    outcome = latido()
    assert outcome.out.split() == found
    assert "Traceback" not in outcome.err


@pytest.mark.usefixtures("data_dir")
def test_a_shell_that_starts_it_is_offered_the_same(tmp_path: Path) -> None:
    assert offered(tmp_path, "latido history --user P") == ["Pino"]


def test_a_folder_that_is_not_there_offers_nothing(tmp_path: Path) -> None:
    assert offered(tmp_path, "latido history --user ") == []


def test_a_ledger_that_cannot_be_read_offers_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "latido.db").write_text("no database", encoding="utf-8")
    assert offered(tmp_path, "latido history --user ") == []

"""What is no UTF-8 on the command line and in settings, as a terminal in Latin-1 has it."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from integrations.cli.arguments import ArgumentError
from integrations.cli.utf8 import in_utf8

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]

GIVEN = os.fsdecode(b"Nand\xfa")


@pytest.mark.parametrize(
    "command",
    [
        ("history", "--user", GIVEN),
        ("totals", GIVEN),
        ("totals", "--user", GIVEN),
        ("forget", GIVEN),
        ("opt-out", GIVEN),
        ("export", "--user", GIVEN),
        ("history", "--guild", GIVEN),
        ("report", "--period", GIVEN),
        ("diagram", GIVEN),
        ("sessions", "--language", GIVEN),
    ],
    ids=" ".join,
)
def test_an_argument_is_refused_in_one_sentence(
    latido: Latido, data_dir: Path, command: tuple[str, ...]
) -> None:
    before = sorted(path.name for path in data_dir.iterdir())
    told = latido(*command)
    assert (told.status, told.out) == (2, "")
    assert told.err == (
        r"latido: 'Nand\xfa' is no text in UTF-8: set the terminal to UTF-8, or give a user id "
        "where a name is meant.\n"
    )
    assert sorted(path.name for path in data_dir.iterdir()) == before


def test_what_the_inspector_is_to_ask_for_is_refused_as_well(
    latido: Latido, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATIDO_INSPECTOR_TOKEN", GIVEN)
    assert r"'Nand\xfa' is no text in UTF-8" in latido("run").err


def test_what_is_utf8_after_all_is_taken_as_it_was_written() -> None:
    """Where the locale is C every byte that is not ASCII comes so, whatever the terminal's is."""
    assert in_utf8(os.fsdecode("Nandú".encode())) == "Nandú"
    assert in_utf8("Nand\udcc3\udcba") == "Nandú"
    with pytest.raises(ArgumentError):
        in_utf8("\ud800")


@pytest.mark.parametrize("command", ["history", "sessions", "run", "report"])
def test_a_setting_is_refused_by_its_name(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    assert data_dir.is_dir()
    monkeypatch.setenv("DISCORD_TOKEN", "MTIzNDU2Nzg5.GabcDe.made-up_token")
    monkeypatch.setenv("LATIDO_LOG_LANGUAGE", os.fsdecode(b"e\xfa"))
    told = latido(command)
    assert (told.status, told.out) == (2, "")
    assert told.err == (
        r'latido: The setting log_language is "e\udcfa" (from LATIDO_LOG_LANGUAGE): set it to "es" '
        'or "en".'
        "\n"
    )


def test_paths_of_any_kind_are_used_and_told_in_json(
    latido: Latido, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path is bytes to the system; JSON has an escape for what of it is no text."""
    assert isinstance(sys.stderr, io.TextIOWrapper)
    sys.stderr.reconfigure(errors="backslashreplace")  # as it is where nobody captures it
    name = os.fsdecode(b"d\xfa")
    data_dir.rename(data_dir.with_name(name))
    monkeypatch.setenv("DATA_DIR", name)
    assert latido("history").status == 0
    assert latido("verify").status == 0
    told = latido("doctor", "--json")
    findings = [json.loads(line) for line in told.out.splitlines()]
    [folder] = [one["message"] for one in findings if one["check"] == "data_dir"]
    assert name in folder
    assert "\\udcfa" in told.out
    file = os.fsdecode(b"b\xfa.tar")
    assert json.loads(latido("backup", file, "--json").out)
    assert data_dir.with_name(file).exists()

"""``latido doctor``: what it prints, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from integrations.doctor import Finding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]


@pytest.mark.usefixtures("data_dir")
def test_what_is_to_be_done_is_said_and_ends_with_1(
    latido: Latido, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATIDO_LOG_LANGUAGE", "en")
    outcome = latido("doctor")
    assert outcome.status == 1
    lines = outcome.out.splitlines()
    assert lines[0].startswith("✅ settings  ")
    assert lines[2].startswith("✅ folder    data is in order")
    assert lines[-3].startswith("❌ token     DISCORD_TOKEN is not set")
    assert lines[-2].strip().startswith("→ put a valid one into DISCORD_TOKEN")
    assert lines[-1] == "❌ 1 thing to do"
    assert outcome.err == ""


@pytest.mark.parametrize(
    ("language", "notes", "last"),
    [
        ("en", [], "✅ All is well"),
        ("en", [None], "✅ All is well"),
        ("en", ["close it"], "💬 Nothing has to be done; 1 note says what could be"),
        ("en", ["a", None, "b"], "💬 Nothing has to be done; 2 notes say what could be"),
        ("es", ["a"], "💬 Nada es imprescindible; 1 nota dice qué conviene hacer"),
        ("es", ["a", "b"], "💬 Nada es imprescindible; 2 notas dicen qué conviene hacer"),
    ],
)
def test_where_notes_say_what_to_do_it_does_not_say_that_all_is_well(
    latido: Latido,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    notes: list[str | None],
    last: str,
) -> None:
    async def found(*_asked: object) -> AsyncIterator[Finding]:
        yield Finding("version", "ok", "as needed")
        for to_do in notes:
            yield Finding("data_dir", "note", "good to know", to_do)

    monkeypatch.setattr("integrations.doctor.examine", found)
    outcome = latido("doctor", "--language", language)
    assert (outcome.status, outcome.out.splitlines()[-1]) == (0, last)


@pytest.mark.usefixtures("data_dir")
def test_findings_can_be_json_objects_a_line(latido: Latido) -> None:
    outcome = latido("doctor", "--json")
    found = [json.loads(line) for line in outcome.out.splitlines()]
    assert {one["check"]: one["status"] for one in found} == {
        "settings": "ok",
        "version": "ok",
        "data_dir": "ok",
        "disk": "ok",
        "token": "act",
    }
    assert all(set(one) == {"check", "status", "message", "to_do"} for one in found)
    assert (outcome.status, outcome.err) == (1, "")


@pytest.mark.usefixtures("data_dir")
def test_settings_that_cannot_be_read_do_not_end_it(
    latido: Latido, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATIDO_LOG_LANGUAGE", "xx")
    outcome = latido("doctor")
    assert outcome.status == 1
    assert "❌ ajustes" in outcome.out
    assert outcome.out.endswith("\n❌ 2 cosas por hacer\n")
    assert latido("doctor", "--language", "en").out.endswith("\n❌ 2 things to do\n")


def test_a_file_that_cannot_be_read_does_not_change_the_language_asked_for(
    latido: Latido, data_dir: Path
) -> None:
    (data_dir.parent / "latido.toml").write_text("confirm_after = seven")
    assert latido("doctor").out.endswith("\n❌ 2 things to do\n")

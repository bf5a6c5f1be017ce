"""How the command line is called in what it proposes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integrations.cli.calling import called_as

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script of that name in an environment below the working directory."""
    folder = tmp_path / "my bot" / ".venv" / "bin"
    folder.mkdir(parents=True)
    script = folder / "latido"
    script.touch(mode=0o755)
    monkeypatch.chdir(tmp_path / "my bot")
    monkeypatch.setenv("PATH", str(tmp_path))
    return script


def test_a_script_that_the_shell_finds_is_called_by_its_name(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(script.parent))
    assert called_as(str(script)) == "latido"


@pytest.mark.usefixtures("script")
def test_a_script_that_the_shell_does_not_find_is_called_by_its_path_from_here() -> None:
    assert called_as(".venv/bin/latido") == ".venv/bin/latido"


def test_a_script_below_this_folder_is_called_by_its_path_from_here(script: Path) -> None:
    assert called_as(str(script)) == ".venv/bin/latido"


def test_a_script_elsewhere_is_called_by_its_whole_path_fit_for_a_shell(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert called_as(str(script)) == f"'{script}'"


def test_a_script_in_this_very_folder_is_called_so_that_a_shell_finds_it(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(script.parent)
    assert called_as("latido") == "./latido"


def test_another_program_of_that_name_is_not_mistaken_for_it(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "latido").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "other"))
    assert called_as(str(script)) == ".venv/bin/latido"


def test_a_module_is_called_by_its_python(script: Path) -> None:
    python = str(script.with_name("python"))
    assert called_as("integrations/cli/__main__.py", python) == ".venv/bin/python -m latido"

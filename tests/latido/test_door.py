"""The door: its names, what it does not load, and what it says when a folder is in the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import latido
import machines
from engine.settings import Settings, SettingsError
from latido.own_packages import OWN_PACKAGES
from machines import Record

CHECKOUT = Path(latido.__file__).resolve().parent.parent


def run_python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a Python of its own that looks for packages in ``folder`` first."""
    return subprocess.run(  # noqa: S603 - our own interpreter with our own code
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_settings_are_the_engines_own() -> None:
    assert latido.Settings is Settings
    assert latido.SettingsError is SettingsError
    assert latido.Record is Record


def test_settings_of_file_and_environment_can_be_had(tmp_path: Path) -> None:
    (tmp_path / "latido.toml").write_text("confirm_after = 5\nvoice_grace = 7\n")
    settings = latido.load_settings({"LATIDO_CONFIRM_AFTER": "6"}, tmp_path, {"game_grace": 8})
    assert (settings.confirm_after, settings.voice_grace, settings.game_grace) == (6, 7, 8)


def test_every_public_name_can_be_listed() -> None:
    assert set(latido.__all__) <= set(dir(latido))


@pytest.mark.parametrize("name", ["AnySession", "GameSession", "PartySession", "VoiceSession"])
def test_what_listeners_are_given_can_be_named_in_annotations(name: str) -> None:
    assert name in latido.__all__
    assert getattr(latido, name) is getattr(machines, name)


def test_every_public_name_can_be_had() -> None:
    assert [name for name in latido.__all__ if not hasattr(latido, name)] == []


def test_a_name_it_does_not_have_is_an_attribute_error() -> None:
    missing = "SessionDog"
    with pytest.raises(AttributeError, match="SessionDog"):
        getattr(latido, missing)


def test_importing_it_does_not_load_discord(tmp_path: Path) -> None:
    done = run_python(
        "import sys, latido\n"
        "latido.Settings, latido.load_settings\n"
        "print('discord' in sys.modules)",
        tmp_path,
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


@pytest.mark.parametrize("name", OWN_PACKAGES)
def test_a_folder_of_the_bots_own_in_the_way_is_named(tmp_path: Path, name: str) -> None:
    foreign = tmp_path / name
    foreign.mkdir()
    (foreign / "__init__.py").touch()
    done = run_python("import latido", tmp_path)
    assert done.returncode == 1
    assert f"ImportError: {foreign.resolve()} shadows Latido's own package {CHECKOUT / name}" in (
        done.stderr
    )
    assert "rename yours" in done.stderr


def test_a_file_of_the_bots_own_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "engine.py").touch()
    done = run_python("import latido", tmp_path)
    assert f"{(tmp_path / 'engine.py').resolve()} shadows Latido's own package" in done.stderr


def test_a_package_that_the_bot_has_loaded_already_is_named(tmp_path: Path) -> None:
    (tmp_path / "persistence.py").touch()
    code = "import persistence, sys; sys.path.pop(0); import latido"
    done = run_python(code, tmp_path)
    assert f"{(tmp_path / 'persistence.py').resolve()} shadows" in done.stderr


def test_a_folder_that_is_no_package_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "persistence").mkdir()
    done = run_python("import latido; print(latido.Settings().confirm_after)", tmp_path)
    assert (done.stdout, done.stderr) == ("10.0\n", "")


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "latido").mkdir()
    for source in (CHECKOUT / "latido").glob("*.py"):
        (tmp_path / "latido" / source.name).write_bytes(source.read_bytes())
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import latido"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    missing = (tmp_path / "latido").resolve().parent / "machines"
    assert f"ImportError: Latido's package {missing} is missing" in done.stderr

"""Where settings come from: defaults, latido.toml, the environment, code; later wins.

``latido.toml`` lies in the working directory, or where ``LATIDO_CONFIG`` says. In the
environment a setting is its name in capitals after ``LATIDO_``. There, true and false may be
1/0, yes/no or sí/no; a list is separated by commas (or a JSON list, for names with a comma);
a table is JSON; nothing at all is an empty list or table. Where no value is allowed, nothing at
all and ``none`` say that, and ``""`` and ``"none"`` do in the file.
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.settings import (
    Setting,
    Settings,
    SettingsError,
    UnknownSettingError,
    all_settings,
)
from integrations.errors import LatidoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["NOT_SETTINGS", "PREFIX", "ConfigurationError", "load_settings"]

PREFIX = "LATIDO_"
NOT_SETTINGS = frozenset({"LATIDO_CONFIG", "LATIDO_INSPECTOR", "LATIDO_INSPECTOR_TOKEN"})
"""Variables with the prefix that are no settings: they concern how the program is run."""

DEFAULT_FILE = "latido.toml"

_SETTINGS = {setting.name: setting for setting in all_settings()}
_YES = frozenset({"true", "1", "yes", "si", "sí"})
_NO = frozenset({"false", "0", "no"})
_SECRETIVE = ("TOKEN", "SECRET", "PASSWORD", "KEY")


class ConfigurationError(LatidoError):
    """The configuration cannot be used as it is: the message says what to change."""


class _Given(NamedTuple):
    value: object
    origin: str


def load_settings(
    environment: Mapping[str, str], folder: Path, code: Mapping[str, object] | None = None
) -> Settings:
    """Return the settings from all sources.

    Args:
        environment: such as ``os.environ``.
        folder: the working directory, in which ``latido.toml`` may lie.
        code: settings given by the caller, by name; they win.

    Raises:
        ConfigurationError: the file cannot be read.
        SettingsError: a value is not allowed, or a source names an unknown setting.
    """
    given = {
        **dict(_from_file(environment, folder)),
        **dict(_from_environment(environment)),
        **dict(_from_code(code or {})),
    }
    values: dict[str, Any] = {name: value for name, (value, _) in given.items()}
    try:
        return Settings(**values)
    except SettingsError as error:
        origin = given[error.setting].origin
        raise SettingsError(error.setting, error.value, error.allowed, origin) from error


def _from_file(environment: Mapping[str, str], folder: Path) -> Iterator[tuple[str, _Given]]:
    named = environment.get("LATIDO_CONFIG", "")
    path = folder / (named or DEFAULT_FILE)
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        if not named:
            return
        raise ConfigurationError(
            f"LATIDO_CONFIG names {path}, which does not exist: make it or unset LATIDO_CONFIG."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}): make it a readable file."
        ) from error
    for name, value in _parse(raw, path).items():
        if name not in _SETTINGS:
            raise UnknownSettingError(name, value, _SETTINGS, str(path))
        yield name, _Given(_SETTINGS[name].check(value, lenient=True, origin=str(path)), str(path))


def _parse(raw: bytes, path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{path} is not UTF-8 text at line {line}: save it as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}. Mend that line.") from error


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, _Given]]:
    variables = {f"{PREFIX}{name.upper()}": setting for name, setting in _SETTINGS.items()}
    for variable, text in environment.items():
        if not variable.upper().startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        if variable not in variables:
            shown = "***" if any(word in variable.upper() for word in _SECRETIVE) else text
            known = [*variables, *sorted(NOT_SETTINGS)]
            raise UnknownSettingError(variable, shown, known, "the environment")
        setting = variables[variable]
        yield setting.name, _Given(_read(setting, text.strip(), variable), variable)


def _read(setting: Setting, text: str, variable: str) -> object:
    """Return what ``text`` means for a setting of this type."""
    match setting.default:
        case bool():
            return _yes_or_no(setting, text, variable)
        case frozenset() if not text.startswith("["):
            value: object = [part.strip() for part in text.split(",") if part.strip()]
        case frozenset() | dict():
            value = _from_json(setting, text or "{}", variable)
        case None if text.startswith("{"):
            value = _from_json(setting, text, variable)
        case _:
            value = text
    return setting.check(value, lenient=True, origin=variable)


def _yes_or_no(setting: Setting, text: str, variable: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise SettingsError(setting.name, text, setting.allowed, variable)


def _from_json(setting: Setting, text: str, variable: str) -> object:
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        allowed = f"{setting.allowed}, written as JSON"
        raise SettingsError(setting.name, text, allowed, variable) from error
    return parsed


def _from_code(code: Mapping[str, object]) -> Iterator[tuple[str, _Given]]:
    for name, value in code.items():
        if name not in _SETTINGS:
            raise UnknownSettingError(name, value, _SETTINGS)
        yield name, _Given(_SETTINGS[name].check(value, origin="code"), "code")

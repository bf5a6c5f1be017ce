"""How values are put into words: durations, plurals, lists of names.

Templates are Python format strings with five formats of their own:
``{seconds:duration}`` gives "45 min", ``{count:session|sessions}`` the word for that many, be it
a number or a list of names, ``{activity:playing|streaming|hearing}`` the one for that activity,
``{players:names}`` "Pino, agu and Zeta". ``{part:share}`` gives "16.0%" of 0.16.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, assert_never, get_args

from machines import ActivityType

__all__ = [
    "Language",
    "Value",
    "duration",
    "fill",
    "names_in",
    "on_one_line",
    "placeholders",
    "with_decimal_sign",
]

Language = Literal["es", "en"]
Value = str | int | float | Sequence[str]

_ACTIVITIES: tuple[str, ...] = get_args(ActivityType)

_MINUTE = 60
_HOUR = 3600
_MINUTES_WITH_SECONDS = 10

_TEMPLATES_KNOWN = 1024
"""Templates that are not parsed again: a start says a line for each of a hundred thousand."""

_CONTROLS = dict.fromkeys(
    [*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A)], " "
)
"""What could break a line, turn it around, or command a terminal: strangers choose names."""


def duration(seconds: float) -> str:
    """Return a duration as people say it: "12 s", "1 min 30 s", "45 min", "1 h 5 min"."""
    whole = max(0, int(seconds + 0.5))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _MINUTES_WITH_SECONDS * _MINUTE:
        return _two(whole // _MINUTE, "min", whole % _MINUTE, "s")
    minutes = int(seconds / _MINUTE + 0.5)
    if minutes < _HOUR // _MINUTE:
        return f"{minutes} min"
    return _two(minutes // 60, "h", minutes % 60, "min")


def names_in(language: Language, names: Sequence[str]) -> str:
    """Return a list of names as people say it."""
    if len(names) < 2:  # noqa: PLR2004 - a list of one needs no "and"
        return "".join(names)
    match language:
        case "es":
            joint = " y "
        case "en":
            joint = " and "
        case _:
            assert_never(language)
    return joint.join([", ".join(names[:-1]), names[-1]])


def with_decimal_sign(language: Language, number: str) -> str:
    """Return a number that was written with a point as people write it: "12,5" in Spanish."""
    match language:
        case "es":
            return number.replace(".", ",")
        case "en":
            return number
        case _:
            assert_never(language)


def on_one_line(text: str) -> str:
    """Return a name that a stranger chose, without what commands a terminal or ends a line."""
    return text if text.isprintable() else text.translate(_CONTROLS)  # none of those is printable


def fill(language: Language, template: str, values: dict[str, Value]) -> str:
    """Return ``template`` with ``values`` in it; values the template does not name are unused.

    Raises:
        KeyError: the template names a value that is not there.
        ValueError: a value does not suit its format.
    """
    return "".join(
        [
            text if name is None else text + _worded(language, values[name], spec)
            for text, name, spec in _parts(template)
        ]
    )


def placeholders(template: str) -> frozenset[str]:
    """Return the names of the values that a template names."""
    return frozenset(name for _, name, _ in _parts(template) if name is not None)


@lru_cache(maxsize=_TEMPLATES_KNOWN)
def _parts(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """Return the pieces of a template: some text, the value that follows it, and its format."""
    parsed = string.Formatter().parse(template)
    return tuple((text, name, spec or "") for text, name, spec, _conversion in parsed)


def _worded(language: Language, value: Value, spec: str) -> str:
    if "|" in spec and isinstance(value, str):
        return spec.split("|")[_ACTIVITIES.index(value)]
    if "|" in spec:
        one, many = spec.split("|")
        count = len(value) if isinstance(value, list | tuple) else value
        return one if count == 1 else many
    match spec, value:
        case "duration", int() | float():
            text = duration(value)
        case "share", int() | float():
            text = _percent(language, value)
        case "names", list() | tuple():
            text = names_in(language, [str(name) for name in value])
        case _:
            text = format(value, spec)
    return on_one_line(text)


def _percent(language: Language, share: float) -> str:
    sign = " %" if language == "es" else "%"
    return with_decimal_sign(language, f"{100 * share:.1f}") + sign


def _two(large: int, unit: str, small: int, lesser: str) -> str:
    return f"{large} {unit} {small} {lesser}" if small else f"{large} {unit}"

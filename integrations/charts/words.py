"""Weekdays, dates and amounts of time as charts label them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.words.wording import duration

if TYPE_CHECKING:
    from datetime import datetime

    from integrations.statistics.period import Grain
    from integrations.words.wording import Language

__all__ = ["bar_label", "hours_label", "weekday", "weekday_short"]

_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: dict[Language, tuple[str, ...]] = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_HOUR = 3600.0


def weekday(language: Language, day: int) -> str:
    """Return a weekday's name; Monday is 0."""
    return _WEEKDAYS[language][day]


def weekday_short(language: Language, day: int) -> str:
    """Return a weekday's name in three letters."""
    return _WEEKDAYS[language][day][:3]


def bar_label(language: Language, grain: Grain, begins: datetime, *, of_week: bool) -> str:
    """Return what stands under a bar: an hour, a weekday, a day of the month, a week's Monday."""
    if grain == "hour":
        return f"{begins.hour:02d}"
    if grain == "day":
        return weekday_short(language, begins.weekday()) if of_week else str(begins.day)
    month = _MONTHS[language][begins.month - 1]
    return f"{begins.day} {month}" if language == "es" else f"{month} {begins.day}"


def hours_label(seconds: float) -> str:
    """Return an amount of time for an axis: "30 min", "2 h", "1.5 h"."""
    if seconds < _HOUR:
        return "0" if seconds <= 0 else duration(seconds)
    return f"{seconds / _HOUR:g} h"

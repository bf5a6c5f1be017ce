"""How sure a time is, in words: exact, give or take so much, or begun nobody knows when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.words.catalogue import say

if TYPE_CHECKING:
    from integrations.words.wording import Language

__all__ = ["doubt", "how_sure", "sure"]


def sure(language: Language, uncertain_seconds: float | None) -> str:
    """Return how sure a time is, to the second as times are shown; None where nothing bounds it."""
    if uncertain_seconds is None:
        return say(language, "sure.unbounded")
    if uncertain_seconds < 0.5:  # noqa: PLR2004 - shown, it would be 0 s
        return say(language, "sure.exact")
    return say(language, "sure.about", seconds=uncertain_seconds)


def how_sure(language: Language, uncertain_seconds: float, unbounded: int) -> list[str]:
    """Return how sure a sum is: its bound, and how many of its sessions began nobody knows when."""
    notes = []
    if not unbounded or uncertain_seconds >= 1:
        notes.append(sure(language, uncertain_seconds))
    if unbounded:
        notes.append(say(language, "sure.unbounded_too", count=unbounded))
    return notes


def doubt(language: Language, uncertain_seconds: float, unbounded: int) -> str:
    """Return what to write behind a sum in a list: how sure it is, and nothing where it is sure."""
    unsure = f" {sure(language, uncertain_seconds)}" if uncertain_seconds >= 1 else ""
    if not unbounded:
        return unsure
    return f"{unsure} · {say(language, 'sure.unbounded_too', count=unbounded)}"

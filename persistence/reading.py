"""What reading a file of live sessions gives, whatever its format."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from machines import LiveState

__all__ = ["BrokenEntry", "Reading", "problem_of"]

_LONGEST_PROBLEM = 200


class BrokenEntry(NamedTuple):
    """An entry that does not hold what it should, in a file that otherwise does.

    Attributes:
        section: the file's key it stands under, for example ``voice_sessions``.
        key: its own key there; its place, such as ``#2``, where the key is a person's id.
        problem: what is wrong with it.
    """

    section: str
    key: str
    problem: str


class Reading(NamedTuple):
    """What a file says, its journal included.

    Attributes:
        state: the sessions and the rest.
        broken: the entries that say nothing.
        schema: the schema the file is written in; 0 is the proposal's.
        edition: which snapshot it is; None before schema 2.
        after: the snapshot before it.
        changes: how many changes of journals are in it.
    """

    state: LiveState
    broken: list[BrokenEntry]
    schema: int
    edition: str | None = None
    after: str | None = None
    changes: int = 0


def problem_of(error: Exception) -> str:
    """Return what is wrong with a file, short enough for a sentence."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST_PROBLEM else f"{text[:_LONGEST_PROBLEM]}..."

"""Parties that go on for so long that they are written down in parts: chapters, each a record.

A chapter says that it goes on, and the id of the next follows from its own: so parts find each
other, in whatever order they come. Where parties are counted, one that goes on as another is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import next_chapter_id
from persistence.beside_the_loop import beside_the_loop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from machines import Record

__all__ = ["Chapters", "parties_in"]


class Chapters:
    """What is a part of a longer party, or may be: each has a number, which takes little room."""

    def __init__(self) -> None:
        """Know of none."""
        self._numbers: dict[str, int] = {}
        self._next: dict[int, int] = {}

    def number_of(self, record: Record) -> int | None:
        """Return the number of a record; None where it is of one part, whatever comes."""
        goes_on = _goes_on(record)
        if not (goes_on or _may_go_on_from_another(record)):
            return None
        number = self._number(record.id)
        if goes_on and number not in self._next:
            self._next[number] = self._number(next_chapter_id(record.id))
        return number

    def parties(self, numbers: Iterable[int]) -> int:
        """Return how many parties these are: two are one where one goes on as the other."""
        here = set(numbers)
        return sum(self._next.get(number) not in here for number in here)

    def _number(self, record_id: str) -> int:
        return self._numbers.setdefault(record_id, len(self._numbers))


def parties_in(records: Iterable[Record]) -> Iterator[Sequence[Record]]:
    """Yield each party among the records: its chapters in order, most often one alone."""
    parties = {one.id: one for one in beside_the_loop(records) if one.kind == "party"}
    later = {next_chapter_id(one.id) for one in parties.values() if _goes_on(one)}
    for record in beside_the_loop(parties.values()):
        if record.id not in later:
            yield list(_from(record, parties))


def _from(record: Record, parties: dict[str, Record]) -> Iterator[Record]:
    chapter: Record | None = record
    while chapter is not None:
        yield chapter
        chapter = parties.get(next_chapter_id(chapter.id)) if _goes_on(chapter) else None


def _goes_on(record: Record) -> bool:
    return record.kind == "party" and record.reason == "goes_on"


def _may_go_on_from_another(record: Record) -> bool:
    """Return whether a party counted from its first instant, as whatever goes on does."""
    at = record.confirmed_at
    return record.kind == "party" and at is not None and at <= record.started_at

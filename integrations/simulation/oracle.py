"""The oracle: what was true, read from the world's own history with code of its own.

It imports nothing of engine or machines: what it says must not depend on what it judges.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from integrations.simulation.intervals import Interval, Intervals, clip, union

if TYPE_CHECKING:
    from integrations.simulation.history import History

__all__ = ["Countable", "Oracle", "Subject", "countable"]


class Subject(NamedTuple):
    """What can have a session: somebody in voice or in a game, or a party (person 0)."""

    kind: Literal["voice", "game", "party"]
    guild_id: int
    person_id: int
    game: str = ""
    activity: str = ""


class Countable(NamedTuple):
    """The time a faultless observer would have counted, and as how many sessions."""

    parts: Intervals
    sessions: Intervals


class Oracle:
    """Knows when everybody was where, from the facts alone.

    Attributes:
        truth: for every subject that ever was, when it was.
    """

    def __init__(self, history: History, domain: Interval, min_players: int) -> None:
        """Read ``history`` within ``domain``; a party takes ``min_players``."""
        self.truth: dict[Subject, Intervals] = {}
        self._domain = domain
        for person in history.people.values():
            for guild_id in person.guild_ids:
                self._voice(history, guild_id, person.id)
            self._games(history, person.id, person.guild_ids)
        self._parties(min_players)

    def of(self, subject: Subject) -> Intervals:
        """Return when ``subject`` was; never, where it is not known."""
        return self.truth.get(subject, [])

    def _add(self, subject: Subject, parts: list[Interval]) -> None:
        inside = clip(union(parts), self._domain)
        if inside:
            self.truth[subject] = inside

    def _voice(self, history: History, guild_id: int, person_id: int) -> None:
        afk = history.guilds[guild_id].afk.id
        parts: list[Interval] = []
        since: int | None = None
        for fact in history.voice_facts(guild_id, person_id):
            counts = fact.place_id is not None and fact.place_id != afk
            if counts and since is None:
                since = fact.at
            elif not counts and since is not None:
                parts.append((since, fact.at))
                since = None
        if since is not None:
            parts.append((since, self._domain[1]))
        self._add(Subject("voice", guild_id, person_id), parts)

    def _games(self, history: History, person_id: int, guild_ids: tuple[int, ...]) -> None:
        parts: dict[tuple[str, str], list[Interval]] = defaultdict(list)
        since: dict[tuple[str, str], int] = {}
        for fact in history.presence_facts(person_id):
            shown = {(item.name.casefold(), item.kind) for item in fact.played}
            for key in sorted(since.keys() - shown):
                parts[key].append((since.pop(key), fact.at))
            for key in sorted(shown - since.keys()):
                since[key] = fact.at
        for key, began in since.items():
            parts[key].append((began, self._domain[1]))
        for (game, activity), played in parts.items():
            for guild_id in guild_ids:
                self._add(Subject("game", guild_id, person_id, game, activity), played)

    def _parties(self, min_players: int) -> None:
        edges: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
        for subject, parts in self.truth.items():
            if subject.kind == "game" and subject.activity == "playing":
                for start, end in parts:
                    edges[subject.guild_id, subject.game] += [(start, 1), (end, -1)]
        for (guild_id, game), changes in edges.items():
            count, since, together = 0, 0, list[Interval]()
            for at, change in sorted(changes):
                if change > 0 and count + 1 == min_players:
                    since = at
                elif change < 0 and count == min_players:
                    together.append((since, at))
                count += change
            self._add(Subject("party", guild_id, 0, game, "playing"), together)


def countable(parts: Intervals, confirm_after: int, grace: int) -> Countable:
    """Return what counts of ``parts``.

    A session begins with a part of ``confirm_after``, and goes on over pauses of up to
    ``grace``.
    """
    kept: Intervals = []
    sessions: Intervals = []
    for start, end in parts:
        if sessions and start - sessions[-1][1] <= grace:
            sessions[-1] = (sessions[-1][0], end)
        elif end - start >= confirm_after:
            sessions.append((start, end))
        else:
            continue
        kept.append((start, end))
    return Countable(kept, sessions)

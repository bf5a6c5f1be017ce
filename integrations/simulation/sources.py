"""The sources of evidence as Discord would answer them, with their troubles and their price."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from integrations.gateway.sharding import shard_of
from integrations.simulation.chance import Chance
from integrations.simulation.units import DAY, SECOND

if TYPE_CHECKING:
    from engine import GuildReport
    from integrations.simulation.calls import Calls
    from integrations.simulation.faults import Faults
    from integrations.simulation.gateway import Gateway
    from integrations.simulation.history import History, Played
    from integrations.simulation.listener import Snapshot

__all__ = ["Answer", "CallsAnswer", "Look", "Sources"]

_TIME_LIMIT = 5 * SECOND
_IDENTIFIES_A_DAY = 1000
_FAILS_IN_TROUBLE = 0.8
_FAILS_OTHERWISE = 0.002


class Answer(NamedTuple):
    """What came back, and when; ``ok`` is False where nothing usable did."""

    ok: bool
    after: int
    place_id: int | None = None
    presences: dict[int, tuple[Played, ...]] | None = None


class CallsAnswer(NamedTuple):
    """The calls of a guild, and how long the answer took."""

    after: int
    calls: dict[int, int]


class Look(NamedTuple):
    """Somebody, or a whole guild (person 0), was looked at.

    So it was ``at``, and that was taken in when ``heard``.
    """

    guild_id: int
    person_id: int
    voice: bool
    games: bool
    at: int
    heard: int


class Sources:
    """REST, member queries and audits, answered from the world's history.

    Attributes:
        looks: everything that was answered, for the book-keeping of what could be seen.
        rest_calls: how many voice states were asked for.
        member_queries: how many times op 8 was sent.
        refused: how many audits the budget did not allow.
        contradictions: how many looks there were because something did not fit.
        knows_calls: whether the gateway answers op 43.
    """

    def __init__(
        self, seed: int, history: History, calls: Calls, faults: Faults, gateway: Gateway
    ) -> None:
        """Answer from ``history``."""
        self._history = history
        self._calls = calls
        self._faults = faults
        self._gateway = gateway
        self._chance = Chance.of(seed, "sources")
        self.looks: list[Look] = []
        self.rest_calls = 0
        self.member_queries = 0
        self.refused = 0
        self.contradictions = 0
        self.knows_calls = faults.knows_calls
        self._audited_at: list[int] = []

    @property
    def audits(self) -> int:
        """How many second gateway sessions were begun."""
        return len(self._audited_at)

    def voice_state(self, guild_id: int, person_id: int, at: int) -> Answer:
        """Answer Get User Voice State, asked at ``at``."""
        self.rest_calls += 1
        if self._fails(at):
            return Answer(False, self._chance.randint(SECOND // 10, _TIME_LIMIT))
        after = self._chance.randint(SECOND // 20, SECOND // 2)
        fact = self._history.voice_at(guild_id, person_id, at + after // 2)
        return Answer(True, after, place_id=None if fact is None else fact.place_id)

    def members(self, person_ids: list[int], at: int) -> Answer:
        """Answer Request Guild Members with presences, asked at ``at``."""
        self.member_queries += 1
        if self._fails(at):
            return Answer(False, _TIME_LIMIT)
        after = self._chance.randint(SECOND // 20, SECOND // 2)
        shown = {
            person_id: self._history.played_at(person_id, at + after // 2)
            for person_id in person_ids
        }
        return Answer(True, after, presences=shown)

    def session_start_limit(self, at: int) -> tuple[int, int]:
        """Answer Get Gateway Bot: the day's IDENTIFYs, and how many of them are left."""
        if self._faults.identifies_run_out(at):
            return _IDENTIFIES_A_DAY, 0
        spent = sum(spent > at - DAY for spent in (*self._audited_at, *self._gateway.identified_at))
        return _IDENTIFIES_A_DAY, _IDENTIFIES_A_DAY - spent

    def audit(self, shard_id: int, num_shards: int, at: int) -> list[Snapshot]:
        """Answer with the guilds of a shard, as a second gateway session sees them."""
        self._audited_at.append(at)
        return [
            self._gateway.snapshot(guild_id, at)
            for guild_id in self._history.guilds
            if shard_of(guild_id, num_shards) == shard_id and not self._gateway.is_down(guild_id)
        ]

    def calls_of(self, guild_id: int, at: int) -> CallsAnswer:
        """Answer op 43: since when the call in each channel has been going on."""
        after = self._chance.randint(SECOND // 20, SECOND // 2)
        return CallsAnswer(after, self._calls.at(guild_id, at + after // 2))

    def looked(self, guild_id: int, at: int, heard: int) -> None:
        """Note that everybody of a guild was seen, in a GUILD_CREATE or an audit."""
        self.looks.append(Look(guild_id, 0, True, True, at, heard))

    def looked_up(self, report: GuildReport, heard: int) -> None:
        """Note that single people were seen, by REST or a member query."""
        at = report.earliest + (report.at - report.earliest) // 2
        for person_id in sorted(report.looked_voice):
            self.looks.append(Look(report.guild_id, person_id, True, False, at, heard))
        for person_id in sorted(report.looked_games):
            self.looks.append(Look(report.guild_id, person_id, False, True, at, heard))

    def _fails(self, at: int) -> bool:
        trouble = self._faults.rest_fails(at)
        return self._chance.happens(_FAILS_IN_TROUBLE if trouble else _FAILS_OTHERWISE)

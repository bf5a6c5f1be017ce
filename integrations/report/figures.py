"""The figures of a report, added up once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from integrations.statistics.chapters import parties_in
from integrations.statistics.charted import (
    Bars,
    HeatMap,
    PartyTimeline,
    bars_of,
    heat_map,
    joined,
    party_timeline,
)
from integrations.statistics.period import Bucket, buckets
from integrations.statistics.ranking import Place, rank
from integrations.statistics.records import is_running, touches
from integrations.statistics.seen_twice import apart
from integrations.statistics.sums import GameTotal, by_game, people_in
from machines import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from integrations.statistics.period import Period, Window
    from machines import Instant, Record

__all__ = ["PersonBars", "ReportFigures", "figures_of"]

_PEOPLE_SHOWN = 6
_PARTIES_SHOWN = 4
_TOLD = 60.0
"""Seconds: less than that between two sums, and they are most likely shown as the same."""


class PersonBars(NamedTuple):
    """One person's time in bars."""

    username: str
    bars: Bars


class ReportFigures(NamedTuple):
    """Everything on the page.

    Attributes:
        guild_id: the guild, or None for all together.
        period: what the bars show.
        window: from when to when all sums reach.
        now: when the report was made.
        sessions: how many sessions there are, and ``running`` of them not over; a party that goes
            on as another is one.
        ranking: by kind, everybody with any time.
        weeks: the bars of those with the most time.
        parties: the timelines of the longest, each with all its chapters, and each once where it
            was seen in several servers.
        parties_seen_twice: how many are left out among those for that.
    """

    guild_id: int | None
    period: Period
    window: Window
    now: Instant
    zone: ZoneInfo
    sessions: int
    running: int
    people: int
    ranking: dict[Kind, list[Place]]
    games: list[GameTotal]
    hours: HeatMap
    weeks: list[PersonBars]
    parties: list[PartyTimeline]
    parties_seen_twice: int

    def seconds(self, kind: Kind) -> float:
        """Return everybody's time of a kind, added up."""
        return sum(place.total.seconds for place in self.ranking[kind])

    def games_overlap(self) -> bool:
        """Return whether the games add up to more than everybody's time with games."""
        return sum(game.seconds for game in self.games) - self.seconds("game") >= _TOLD

    def uncertain_seconds(self) -> float:
        """Return how far the truth can be from all sums together, where it is bounded."""
        places = (place for places in self.ranking.values() for place in places)
        return sum(place.total.uncertain_seconds for place in places)

    def unbounded(self) -> int:
        """Return how many sessions began nobody knows when."""
        places = (place for places in self.ranking.values() for place in places)
        return sum(place.total.unbounded for place in places)

    def server_of(self, party: PartyTimeline) -> int | None:
        """Return the server to name beside a party; None where all that are shown are of one."""
        return party.guild_id if len({one.guild_id for one in self.parties}) > 1 else None


def figures_of(
    found: Iterable[Record],
    *,
    guild_id: int | None,
    period: Period,
    window: Window,
    now: Instant,
    zone: ZoneInfo,
) -> ReportFigures:
    """Add up the records that touch ``window``; the bars show no time outside it."""
    doubtful = list(found)  # some say only what nobody knows
    records = [record for record in doubtful if touches(record, window)]
    until_now = window._replace(until=min(now, window.until))
    ranking: dict[Kind, list[Place]] = {kind: rank(doubtful, kind, window) for kind in KINDS}
    people = {user_id for record in records for user_id in people_in(record)}
    parties = list(parties_in(records))
    longest = sorted(
        parties, key=lambda one: (-sum(part.seconds for part in one), one[0].started_at)
    )
    listed = apart(longest, _PARTIES_SHOWN)
    return ReportFigures(
        guild_id=guild_id,
        period=period,
        window=window,
        now=now,
        zone=zone,
        sessions=sum(record.kind != "party" for record in records) + len(parties),
        running=sum(map(is_running, records)),
        people=len(people),
        ranking=ranking,
        games=by_game(doubtful, window),
        hours=heat_map((one for one in records if one.kind != "party"), window, zone),
        weeks=_weeks(records, ranking, period, until_now, zone),
        parties=[joined([*map(party_timeline, one)]) for one in listed.parties],
        parties_seen_twice=listed.seen_twice,
    )


def _weeks(
    records: list[Record],
    ranking: dict[Kind, list[Place]],
    period: Period,
    window: Window,
    zone: ZoneInfo,
) -> list[PersonBars]:
    """Return the bars of the people with the most time of all kinds together.

    Weeks before there was anything at all are left out.
    """
    totals: dict[int, float] = {}
    names: dict[int, str] = {}
    for places in ranking.values():
        for place in places:
            names.setdefault(place.user_id, place.total.username)
            totals[place.user_id] = totals.get(place.user_id, 0.0) + place.total.seconds
    most = sorted(totals, key=lambda user_id: (-totals[user_id], names[user_id]))[:_PEOPLE_SHOWN]
    grain, bars = buckets(period, window.until - 1, zone)
    if grain == "week":
        first = min((record.started_at for record in records), default=window.until)
        since, _until = window.clip(first, window.until)
        bars = [bar for bar in bars if bar.end > since] or bars[-1:]
    bars = [Bucket(bar.begins, *window.clip(bar.start, bar.end)) for bar in bars]
    return [
        PersonBars(
            names[user_id],
            bars_of(
                (one for one in records if user_id in people_in(one)), user_id, grain, bars, KINDS
            ),
        )
        for user_id in most
    ]

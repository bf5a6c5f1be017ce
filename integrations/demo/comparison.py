"""What happened beside what each bot wrote down, joined by person and kind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from machines import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integrations.baselines.events_only import Counted
    from integrations.loopback.truth import Truth
    from machines import Record

__all__ = ["Comparison", "Row", "Subject", "compare"]


class Subject(NamedTuple):
    """What a row is about: somebody's time in voice or in a game, or a game's parties."""

    kind: Kind
    user_id: int | None
    game_name: str | None


@dataclass(frozen=True)
class Row:
    """One subject's seconds: the truth, and what each bot wrote down.

    Attributes:
        subject: what it is about.
        truth: how long it really was.
        latido: what Latido credits.
        uncertain: how far the truth can be from that, as Latido states; None: no bound.
        rival: what the bot that only hears events counted.
        players: the most people a party had, as Latido recorded it.
        allowed: how far events on their way may move what Latido heard.
    """

    subject: Subject
    truth: float
    latido: float
    uncertain: float | None
    rival: float
    players: int = 0
    allowed: float = 0.0

    @property
    def error(self) -> float:
        """How much too much Latido credits (negative: too little)."""
        return self.latido - self.truth

    @property
    def rival_error(self) -> float:
        """How much too much the other bot counted (negative: too little)."""
        return self.rival - self.truth

    @property
    def is_within(self) -> bool:
        """Whether the truth lies where Latido says that it must."""
        return self.uncertain is None or abs(self.error) <= self.uncertain + self.allowed


@dataclass(frozen=True)
class Comparison:
    """All rows, and what was left out because it was too short to count.

    Attributes:
        rows: by kind, then by person in the order given.
        short: how many visits were shorter than ``confirm_after``.
        short_counted: how many of those the bot that only hears events wrote down.
    """

    rows: Sequence[Row]
    short: int
    short_counted: int

    @property
    def truth(self) -> float:
        """All seconds that there were to count."""
        return sum(row.truth for row in self.rows)

    @property
    def latido(self) -> float:
        """All seconds that Latido credits."""
        return sum(row.latido for row in self.rows)

    @property
    def rival(self) -> float:
        """All seconds that the other bot counted."""
        return sum(row.rival for row in self.rows)

    @property
    def error(self) -> float:
        """Latido's errors, without their signs."""
        return sum(abs(row.error) for row in self.rows)

    @property
    def rival_error(self) -> float:
        """The other bot's errors, without their signs."""
        return sum(abs(row.rival_error) for row in self.rows)

    @property
    def broken(self) -> list[Row]:
        """The rows in which the truth lies outside what Latido states."""
        return [row for row in self.rows if not row.is_within]


def compare(
    truth: Mapping[Subject, Sequence[float]],
    records: Iterable[Record],
    counted: Iterable[Counted],
    *,
    confirm_after: float,
    event_delay: float,
) -> Comparison:
    """Join what happened with what was written down.

    Args:
        truth: the seconds of each stay, of each subject.
        records: Latido's.
        counted: the other bot's.
        confirm_after: stays shorter than this many seconds do not count, by rule; they are
            left out of the truth and of what the other bot counted.
        event_delay: how long an event may be on its way, in seconds: each record that was
            heard may be off by that much.
    """
    credited: defaultdict[Subject, list[Record]] = defaultdict(list)
    for record in records:
        user_id = None if record.kind == "party" else record.user_id
        credited[Subject(record.kind, user_id, record.game_name)].append(record)
    heard: defaultdict[Subject, list[float]] = defaultdict(list)
    for one in counted:
        heard[Subject(one.kind, one.user_id, one.game_name)].append(one.seconds)
    people = list(dict.fromkeys(subject.user_id for subject in truth))
    subjects = dict.fromkeys([*truth, *credited, *heard])
    rows = [
        _row(
            subject,
            truth.get(subject, ()),
            credited[subject],
            heard[subject],
            confirm_after,
            event_delay,
        )
        for subject in sorted(subjects, key=lambda one: _order(one, people))
    ]
    return Comparison(
        rows=[row for row in rows if row.truth or row.latido or row.rival],
        short=sum(seconds < confirm_after for stays in truth.values() for seconds in stays),
        short_counted=sum(seconds < confirm_after for stays in heard.values() for seconds in stays),
    )


def truth_by_subject(truth: Truth, guild_id: int) -> dict[Subject, list[float]]:
    """Return the seconds of each stay of each subject in a guild, up to now."""
    now = datetime.now(UTC)
    found: defaultdict[Subject, list[float]] = defaultdict(list)
    for stay in truth.voice_stays(guild_id=guild_id):
        found[Subject("voice", stay.user_id, None)].append(stay.seconds(now))
    games = truth.games(guild_id=guild_id)
    for game in games:
        found[Subject("game", game.user_id, game.name)].append(game.span.seconds(now))
    for name in dict.fromkeys(game.name for game in games):
        for span in truth.together(guild_id=guild_id, name=name):
            found[Subject("party", None, name)].append(span.seconds(now))
    return dict(found)


def _row(
    subject: Subject,
    stays: Sequence[float],
    records: Sequence[Record],
    heard: Sequence[float],
    confirm_after: float,
    event_delay: float,
) -> Row:
    margins = [record.uncertain_seconds for record in records]
    bounded = [margin for margin in margins if margin is not None]
    return Row(
        subject=subject,
        truth=sum(seconds for seconds in stays if seconds >= confirm_after),
        latido=sum(record.seconds for record in records),
        uncertain=sum(bounded) if len(bounded) == len(margins) else None,
        rival=sum(seconds for seconds in heard if seconds >= confirm_after),
        players=max((record.max_players or 0 for record in records), default=0),
        allowed=event_delay * len(records),
    )


def _order(subject: Subject, people: Sequence[int | None]) -> tuple[int, int, str]:
    known = subject.user_id in people
    place = people.index(subject.user_id) if known else len(people)
    return KINDS.index(subject.kind), place, subject.game_name or ""

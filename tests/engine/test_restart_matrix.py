"""Restarts: what becomes of a stay, a game and a party over each way to stop watching.

Every cell tells the same evening. Pino is in voice and plays with agu from 100 on, and at 400
somebody looks. From about 1000 on nobody watches, until the guild is back at 1500; what Pino
did meanwhile is the cell's, and nobody heard of it. At 2000 whoever is left is heard to stop.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from engine import ChannelDeleted, MemberRemoved
from machines import KINDS, Kind, Reason, State, spans
from tests.engine.evening import (
    AGU,
    GENERAL,
    GUILD,
    LOUNGE,
    PINO,
    START,
    Evening,
    ago,
    call,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import AnySession, Record
    from machines.timeline import Value

Story = Literal[
    "still there",
    "left",
    "moved",
    "left and came back",
    "left and came back, as the call shows",
    "guild unavailable",
    "member gone",
    "channel deleted",
]
Cut = Literal["clean stop", "kill", "re-identify", "outage"]

OSU = "osu!"
MAYBE_THERE: tuple[Value, ...] = ("present", "unknown")
COME, LOOKED, BACK, HEARD_STOP, LATE = 100, 400, 1500, 2000, 9000
UNWATCHED_SINCE: dict[Cut, float] = {
    "clean stop": 1000,  # the last heartbeat is written while it stops
    "kill": 970,  # the last heartbeat before it
    "re-identify": 990,  # the last frame of the connection that was lost
    "outage": 1000,  # the GUILD_DELETE itself
}


class Row(NamedTuple):
    """A record: how and why it is over, its credited start and end, seconds and bound."""

    state: State
    reason: Reason
    started_at: float
    ended_at: float
    seconds: float
    uncertain_seconds: float | None


class Held(NamedTuple):
    """What is held once the guild is back: the state, and the start of the session."""

    state: State
    started_at: float


class Cell(NamedTuple):
    """What must come of it, and the truth: when Pino really was there (or both were)."""

    held: Held | None
    records: dict[Cut, tuple[Row, ...]]
    truth: tuple[tuple[float, float], ...]


def whatever_cut(*rows: Row) -> dict[Cut, tuple[Row, ...]]:
    """Return the same records for each way to stop watching."""
    return dict.fromkeys(get_args(Cut), rows)


# The same session goes on from its original start; 400 to 1500 is unknown, and credited.
GOES_ON_VOICE = whatever_cut(Row("ended", "left", 100, 2000, 1900, 1100))
GOES_ON_GAME = whatever_cut(Row("ended", "left", 100, 2000, 1900, 1100))
GOES_ON_PARTY = whatever_cut(Row("ended", "too_few_players", 100, 2000, 1900, 1100))
# Closed where the watching ended, never at the finding. Unknown: 400 to the proof of absence.
GONE: dict[Cut, tuple[Row, ...]] = {
    "clean stop": (Row("orphaned", "gap", 100, 1000, 900, 600),),
    "kill": (Row("orphaned", "gap", 100, 970, 870, 570),),
    "re-identify": (Row("orphaned", "gap", 100, 990, 890, 590),),
    "outage": (Row("orphaned", "gap", 100, 1000, 900, 600),),
}
# The removal was heard before the look: the party has lost a player, and has its grace.
DISSOLVED: dict[Cut, tuple[Row, ...]] = {
    "clean stop": (Row("ended", "too_few_players", 100, 1000, 900, 600),),
    "kill": (Row("ended", "too_few_players", 100, 970, 870, 570),),
    "re-identify": (Row("ended", "too_few_players", 100, 990, 890, 590),),
    "outage": (Row("ended", "too_few_players", 100, 1000, 900, 600),),
}
CHANNEL_GONE: dict[Cut, tuple[Row, ...]] = {
    "clean stop": (Row("orphaned", "channel_deleted", 100, 1000, 900, 600),),
    "kill": (Row("orphaned", "channel_deleted", 100, 970, 870, 570),),
    "re-identify": (Row("orphaned", "channel_deleted", 100, 990, 890, 590),),
    "outage": (Row("orphaned", "channel_deleted", 100, 1000, 900, 600),),
}
# The call began at 1300, after the gap opened: two stays. Both cover that it was a move away
# and back, so the second leaves unknown what the first does, and from the call to the finding.
ANOTHER_STAY = Row("ended", "left", 1300, 2000, 700, 900)
TWO_STAYS: dict[Cut, tuple[Row, ...]] = {
    "clean stop": (Row("orphaned", "gap_not_bridged", 100, 1000, 900, 600), ANOTHER_STAY),
    "kill": (Row("orphaned", "gap_not_bridged", 100, 970, 870, 570), ANOTHER_STAY),
    "re-identify": (Row("orphaned", "gap_not_bridged", 100, 990, 890, 590), ANOTHER_STAY),
    "outage": (Row("orphaned", "gap_not_bridged", 100, 1000, 900, 600), ANOTHER_STAY),
}
# Nobody could say at 1500; at 1700 somebody can, and 400 to 1700 is unknown.
LATER_VOICE = whatever_cut(Row("ended", "left", 100, 2000, 1900, 1300))
LATER_GAME = whatever_cut(Row("ended", "left", 100, 2000, 1900, 1300))
LATER_PARTY = whatever_cut(Row("ended", "too_few_players", 100, 2000, 1900, 1300))

RECOVERED, UNASKED = Held("recovered", 100), Held("confirmed", 100)
WHOLE, BROKEN = ((100, 2000),), ((100, 1100), (1300, 2000))

MATRIX: dict[tuple[Story, Kind], Cell] = {
    ("still there", "voice"): Cell(RECOVERED, GOES_ON_VOICE, WHOLE),
    ("still there", "game"): Cell(RECOVERED, GOES_ON_GAME, WHOLE),
    ("still there", "party"): Cell(RECOVERED, GOES_ON_PARTY, WHOLE),
    ("left", "voice"): Cell(None, GONE, ((100, 1200),)),
    ("left", "game"): Cell(None, GONE, ((100, 1200),)),
    ("left", "party"): Cell(None, GONE, ((100, 1200),)),
    ("moved", "voice"): Cell(RECOVERED, GOES_ON_VOICE, WHOLE),
    ("moved", "game"): Cell(RECOVERED, GOES_ON_GAME, WHOLE),
    ("moved", "party"): Cell(RECOVERED, GOES_ON_PARTY, WHOLE),
    ("left and came back", "voice"): Cell(RECOVERED, GOES_ON_VOICE, BROKEN),
    ("left and came back", "game"): Cell(RECOVERED, GOES_ON_GAME, BROKEN),
    ("left and came back", "party"): Cell(RECOVERED, GOES_ON_PARTY, BROKEN),
    ("left and came back, as the call shows", "voice"): Cell(
        Held("recovered", 1300), TWO_STAYS, BROKEN
    ),
    ("left and came back, as the call shows", "game"): Cell(RECOVERED, GOES_ON_GAME, BROKEN),
    ("left and came back, as the call shows", "party"): Cell(RECOVERED, GOES_ON_PARTY, BROKEN),
    ("guild unavailable", "voice"): Cell(UNASKED, LATER_VOICE, WHOLE),
    ("guild unavailable", "game"): Cell(UNASKED, LATER_GAME, WHOLE),
    ("guild unavailable", "party"): Cell(UNASKED, LATER_PARTY, WHOLE),
    ("member gone", "voice"): Cell(None, GONE, ((100, 1400),)),
    ("member gone", "game"): Cell(None, GONE, ((100, 1400),)),
    ("member gone", "party"): Cell(UNASKED, DISSOLVED, ((100, 1400),)),
    ("channel deleted", "voice"): Cell(None, CHANNEL_GONE, ((100, 1400),)),
    ("channel deleted", "game"): Cell(RECOVERED, GOES_ON_GAME, WHOLE),
    ("channel deleted", "party"): Cell(RECOVERED, GOES_ON_PARTY, WHOLE),
}


def begin(evening: Evening) -> None:
    """Let Pino and agu come, and somebody look at them."""
    evening.look()
    evening.until(COME)
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(LOOKED)
    evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,), AGU: (OSU,)})


def stop_watching(evening: Evening, cut: Cut) -> None:
    """Stop watching at 1000, the way the cell says."""
    since = UNWATCHED_SINCE[cut]
    evening.until(since)
    evening.heartbeat()
    evening.until(1000)
    if cut in ("clean stop", "kill"):
        evening.restart(back_at=1350)
        evening.engine.remember_ended(evening.records)
    else:
        evening.unwatched(since=since)


def come_back(evening: Evening, story: Story) -> None:
    """Let the guild be back, and say what there is to see of it at 1500."""
    evening.until(1400)
    if story == "member gone":
        evening.tell(MemberRemoved(guild_id=GUILD, user_id=PINO))
    if story == "channel deleted":
        evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id))
    evening.until(BACK)
    voice = {PINO: LOUNGE if story == "moved" else GENERAL}
    games = {PINO: (OSU,), AGU: (OSU,)}
    match story:
        case "left" | "member gone":
            evening.look(games={AGU: (OSU,)})
        case "channel deleted":
            evening.look(games=games)
        case "guild unavailable":
            evening.look(complete_voice=False, complete_games=False)
        case "left and came back, as the call shows":
            evening.look(voice=voice, games=games, calls=call(1300))
        case _:
            evening.look(voice=voice, games=games)


def finish(evening: Evening, story: Story) -> None:
    """Let whoever is left stop, heard by all, and every grace run out."""
    if story == "guild unavailable":
        evening.until(1700)
        evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,), AGU: (OSU,)})
    evening.until(HEARD_STOP)
    if evening.voice_of(PINO) is not None:
        evening.leaves(PINO)
    evening.plays(PINO)
    evening.plays(AGU)
    evening.until(LATE)


def is_about_pino(about: AnySession | Record) -> bool:
    """Return whether it is Pino's, or the party's."""
    return about.kind == "party" or getattr(about, "user_id", None) == PINO


def held(evening: Evening, kind: Kind) -> list[Held]:
    """Return what the engine holds of one kind."""
    found = (s for s in evening.engine.sessions(GUILD) if s.kind == kind and is_about_pino(s))
    return [Held(session.state, ago(session.started_at) or 0) for session in found]


def rows(records: Iterable[Record]) -> tuple[Row, ...]:
    """Return records as the table has them."""
    return tuple(
        Row(
            record.state,
            record.reason,
            ago(record.started_at) or 0,
            ago(record.ended_at) or 0,
            record.seconds,
            record.uncertain_seconds,
        )
        for record in records
    )


class Outcome(NamedTuple):
    """What was held when the guild was back, and every record and session of the evening."""

    held: dict[Kind, list[Held]]
    records: dict[Kind, list[Record]]
    agus: list[Record]
    left_over: int


@cache
def told(story: Story, cut: Cut) -> Outcome:
    """Tell the evening of one cell once for all kinds."""
    with freeze_time(START) as clock:
        assert isinstance(clock, FrozenDateTimeFactory)
        evening = Evening(clock)
        begin(evening)
        stop_watching(evening, cut)
        come_back(evening, story)
        at_back = {kind: held(evening, kind) for kind in KINDS}
        finish(evening, story)
        records = {
            kind: [r for r in evening.records if r.kind == kind and is_about_pino(r)]
            for kind in KINDS
        }
        agus = [record for record in evening.records if record.user_id == AGU]
        return Outcome(at_back, records, agus, len([*evening.engine.sessions(GUILD)]))


def total(spans: Iterable[tuple[float, float]]) -> float:
    """Return the length of spans."""
    return sum(end - start for start, end in spans)


def asserted(record: Record, value: Value) -> list[tuple[float, float]]:
    """Return where a record says ``value``."""
    timeline = spans(record.started_at, record.ended_at, record.stretches)
    return [(ago(s.start) or 0, ago(s.end) or 0) for s in timeline if s.value == value]


CUTS: tuple[Cut, ...] = get_args(Cut)
STORIES: tuple[Story, ...] = get_args(Story)

each_cell = pytest.mark.parametrize(
    ("story", "kind", "cut"),
    [
        pytest.param(story, kind, cut, id=f"{story}-{kind}-{cut}")
        for story, kind in MATRIX
        for cut in CUTS
    ],
)
each_evening = pytest.mark.parametrize(
    ("story", "cut"), [(story, cut) for story in STORIES for cut in CUTS]
)


def test_every_cell_is_in_the_table() -> None:
    assert set(MATRIX) == {(story, kind) for story in STORIES for kind in KINDS}


@each_cell
def test_what_is_held_once_the_guild_is_back(story: Story, kind: Kind, cut: Cut) -> None:
    expected = MATRIX[story, kind].held
    assert told(story, cut).held[kind] == ([] if expected is None else [expected])


@each_cell
def test_what_is_recorded(story: Story, kind: Kind, cut: Cut) -> None:
    assert rows(told(story, cut).records[kind]) == MATRIX[story, kind].records[cut]


@each_cell
def test_the_truth_lies_within_what_the_records_say(story: Story, kind: Kind, cut: Cut) -> None:
    truth = MATRIX[story, kind].truth
    records = told(story, cut).records[kind]
    for record in records:
        for start, end in asserted(record, "present"):
            assert any(since <= start and end <= until for since, until in truth)
    covered = [span for record in records for v in MAYBE_THERE for span in asserted(record, v)]
    for since, until in truth:
        reached = since
        for start, end in sorted(covered):
            reached = max(reached, end) if start <= reached else reached
        assert reached >= until
    bounds = [record.uncertain_seconds for record in records]
    uncertain = sum(bound for bound in bounds if bound is not None)
    assert None not in bounds
    assert abs(sum(record.seconds for record in records) - total(truth)) <= uncertain


@each_evening
def test_nothing_is_doubled_and_nothing_is_left_over(story: Story, cut: Cut) -> None:
    outcome = told(story, cut)
    everything = [record for kind in KINDS for record in outcome.records[kind]] + outcome.agus
    assert len({record.id for record in everything}) == len(everything)
    for kind in KINDS:
        ordered = sorted(outcome.records[kind], key=lambda record: record.started_at)
        assert all(one.ended_at <= other.started_at for one, other in pairwise(ordered))
    assert outcome.left_over == 0


@each_evening
def test_who_plays_with_them_is_not_touched(story: Story, cut: Cut) -> None:
    [record] = rows(told(story, cut).agus)
    unknown = 1300 if story == "guild unavailable" else 1100
    assert record == Row("ended", "left", 100, 2000, 1900, unknown)


@pytest.mark.parametrize("cut", CUTS)
def test_a_move_nobody_saw_lies_between_the_last_look_and_the_next(cut: Cut) -> None:
    [record] = told("moved", cut).records["voice"]
    assert [(s.channel_name, ago(s.since), ago(s.floor)) for s in record.stays] == [
        ("General", 100, 100),
        ("Sala", 1500, 400),
    ]

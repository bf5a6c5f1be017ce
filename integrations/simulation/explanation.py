"""An explanation: everything that bears on one violation, step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integrations.simulation.history import VoiceFact
from integrations.simulation.law import asserted_by, subject_of
from integrations.simulation.units import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integrations.simulation.gateway import Frame
    from integrations.simulation.intervals import Interval
    from integrations.simulation.law import Violation
    from integrations.simulation.oracle import Subject
    from integrations.simulation.simulation import Run

__all__ = ["explain"]

_AROUND = 20 * MINUTE
_MOST_STEPS = 200

_MEANINGS = {
    "present_but_was_not": "says present, but they were not there",
    "away_but_was_there": "says away, but they were there",
    "absent_but_was_there": "no record says anything, but they were there",
    "bound_broken": "is further from the truth than it says it can be",
    "overlap": "two records of the same overlap",
    "needless": "says unknown, though nothing was missing",
}


def explain(run: Run, violation: Violation) -> list[str]:
    """Return the story of a violation, line by line."""
    subject, record = violation.subject, violation.record
    what = "No record" if record is None else f"Record {record.id}"
    first, last = violation.span
    whole = (
        (first, last)
        if record is None
        else (min(first, record.started_at), max(last, record.ended_at))
    )
    around = (whole[0] - _AROUND, whole[1] + _AROUND)
    lines = [
        f"Seed {run.options.seed}: {_named(subject)}",
        f"{what} {_MEANINGS[violation.breach]}: {_shown(violation.span)}"
        f" ({(last - first) / SECOND:.1f} s)."
        if record is None
        else f"{what} ({record.state}, {record.reason}) {_MEANINGS[violation.breach]}: "
        f"{_shown(violation.span)} ({(last - first) / SECOND:.1f} s).",
        "What was true:",
        *_listed(run.oracle.of(subject), around),
        "What the records say:",
        *_records(run, subject, around),
        "What was unseeable:",
        *_listed(run.law.unseeable(subject), around),
        "What happened:",
    ]
    steps = sorted(
        (at, text)
        for at, text in (*_events(run, subject), *_looks(run, subject), *_watch(run, subject))
        if around[0] <= at <= around[1]
    )
    told = [f"  {_clock(at)}  {text}" for at, text in steps]
    if len(told) > _MOST_STEPS:
        told = [*told[:_MOST_STEPS], f"  ({len(told) - _MOST_STEPS} more)"]
    return [*lines, *told]


def _records(run: Run, subject: Subject, around: Interval) -> Iterator[str]:
    for record in run.latido.durable.ledger:
        if subject_of(record) != subject or record.ended_at < around[0]:
            continue
        if record.started_at > around[1]:
            continue
        yield f"  {record.id} {record.state} ({record.reason})"
        asserted = asserted_by(record, run.first_looked(record.guild_id))
        parts = [
            (span, word)
            for word, spans in (
                ("present", asserted.present),
                ("away", asserted.away),
                ("unknown", asserted.unknown),
            )
            for span in spans
        ]
        yield from (f"    {_shown(span)} {word}" for span, word in sorted(parts))


def _events(run: Run, subject: Subject) -> Iterator[tuple[int, str]]:
    for frame in _frames(run, subject):
        yield frame.fact.at, f"{_fact(frame)}; its event {_fate(frame)}"


def _frames(run: Run, subject: Subject) -> Iterator[Frame]:
    """Yield the events about the person, or about everybody who ever played a party's game."""
    kind = "voice" if subject.kind == "voice" else "presence"
    people = {subject.person_id}
    if subject.kind == "party":
        same = (subject.guild_id, subject.game, subject.activity)
        known = (one for one in run.oracle.truth if one.kind == "game")
        people = {one.person_id for one in known if (one.guild_id, one.game, one.activity) == same}
    for key, frames in run.gateway.frames.items():
        if key[:2] == (kind, subject.guild_id) and key[2] in people:
            yield from frames


def _fact(frame: Frame) -> str:
    fact = frame.fact
    if isinstance(fact, VoiceFact):
        where = "out of voice" if fact.place_id is None else f"in channel {fact.place_id}"
        return f"person {fact.person_id} is {where}{', muted' if fact.muted else ''}"
    shown = ", ".join(f"{item.name} ({item.kind})" for item in fact.played) or "nothing"
    return f"person {fact.person_id} shows {shown}"


def _fate(frame: Frame) -> str:
    if frame.lost:
        return "was never sent"
    if frame.arrived is None:
        return "found nobody listening"
    late = (frame.arrived - frame.fact.at) / SECOND
    if frame.since is not None:
        return f"was replayed {late:.2f} s later, since {_clock(frame.since)}"
    return f"came {late:.2f} s later"


def _looks(run: Run, subject: Subject) -> Iterator[tuple[int, str]]:
    for look in run.sources.looks:
        sees = look.voice if subject.kind == "voice" else look.games
        if sees and look.guild_id == subject.guild_id and look.person_id in {0, subject.person_id}:
            whom = "everybody" if look.person_id == 0 else f"person {look.person_id}"
            yield (
                look.at,
                f"a look at {whom}, answered {(look.heard - look.at) / SECOND:.2f} s later",
            )


def _watch(run: Run, subject: Subject) -> Iterator[tuple[int, str]]:
    for since, until in run.gateway.watched[subject.guild_id]:
        yield since, "the guild is watched from here on"
        yield until, "nobody watches the guild from here on"
    for one in run.faults.breaks:
        yield one.start, f"{one.kind}, until {_clock(one.end)}"
    for outage in run.faults.outages:
        if outage.guild_id == subject.guild_id:
            yield outage.start, f"the guild is unavailable until {_clock(outage.end)}"


def _listed(parts: Iterable[Interval], around: Interval) -> list[str]:
    near = [part for part in parts if part[0] <= around[1] and part[1] >= around[0]]
    return [f"  {_shown(part)}" for part in near] or ["  nothing"]


def _named(subject: Subject) -> str:
    who = f"person {subject.person_id}, " if subject.person_id else ""
    game = f", {subject.game} ({subject.activity})" if subject.game else ""
    return f"{who}{subject.kind} in guild {subject.guild_id}{game}."


def _shown(span: Interval) -> str:
    return f"{_clock(span[0])} to {_clock(span[1])}"


def _clock(at: int) -> str:
    moment = datetime.fromtimestamp(at / SECOND, UTC)
    return moment.strftime("%d %H:%M:%S.%f")[:-4]

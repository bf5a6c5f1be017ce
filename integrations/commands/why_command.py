"""``/porque``: why a person's last session counted as it did, step by step.

All of it is read off the record: where it begins and ends, what of it is away or unknown, and
why it is over. So what is told is what was recorded, and nothing else.

A party may have ten thousand players. So a record is read in a thread, and of what it says only
those lines are worded, in turns, for which a message has room: its head and its tail.
"""

from __future__ import annotations

from heapq import merge
from itertools import chain, islice
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from integrations import charts
from integrations.charts.orders import PartyOrder
from integrations.commands.display import channel_shown, moment, person_shown, shown
from integrations.commands.drawing import drawn
from integrations.commands.one_thread import in_one_thread
from integrations.commands.reply import Answer, Picture, card, plain
from integrations.statistics.charted import LINES_SHOWN, party_timeline
from integrations.statistics.records import is_running
from integrations.turns import begun_turn, let_go, others_first
from integrations.words.catalogue import say
from integrations.words.doing import SIGNS
from integrations.words.wording import Value
from machines import SECOND, Instant, Player, Stay
from machines import seconds as seconds_of
from persistence.beside_the_loop import beside_the_loop
from persistence.totals import spans_with_pauses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import discord

    from engine import Settings
    from integrations.charts import Look
    from integrations.commands.desk import Question
    from integrations.words.wording import Language
    from machines import Kind, Record

__all__ = ["Step", "last_record", "steps_of", "why_answer"]

_LONGEST = 3900
"""Characters of a description, with room for what is always there (Discord allows 4096)."""

_MOST_PARTS = 3_000
"""Parts of timelines in a chart, which takes some seconds; where there are more, it is text."""

_SORTED = 1_000
"""Steps that are sorted at once: in a fraction of a millisecond."""

_AT = attrgetter("at")

_LEFT_OUT = "…"
"""Stands for the lines between head and tail, where there is no room for all."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened to a session, still to be worded.

    Attributes:
        at: when.
        key: the catalogue's sentence about it.
        values: what that sentence names.
        about: the player or the stay whose name it has as well, as they are called now.
    """

    at: Instant
    key: str
    values: dict[str, Value]
    about: Player | Stay | None = None


class _Told(NamedTuple):
    """What a record says: its steps in order, and its sum as a sentence."""

    record: Record
    steps: list[Step]
    total: str


async def why_answer(
    question: Question,
    guild: discord.Guild,
    person: discord.Member | discord.User,
    kind: Kind | None,
    settings: Settings,
    look: Look,
) -> Answer:
    """Return the explanation of the last session of a person, running or over."""
    language = question.language
    told = await question.worked_out(_read, person.id, kind, settings)
    name = shown(language, person.display_name)
    if told is None:
        return plain(say(language, "why.nothing", username=name))
    record = told.record
    text = await _worded(told.steps, language, guild)
    await let_go(told.steps)
    embed = card(
        say(language, "why.title", username=name),
        f"**{_what(record, language, guild)}**\n\n{text}\n\n{told.total}",
        say(language, "why.footer"),
    )
    embed.set_author(name=guild.name)
    if record.kind != "party":
        return Answer(embeds=[embed])
    return await _with_chart(embed, record, look, settings.log_language)


def _read(question: Question, user_id: int, kind: Kind | None, settings: Settings) -> _Told | None:
    record = last_record(question, user_id, kind)
    if record is None:
        return None
    return _Told(record, steps_of(record, settings), _sum(record, question.language))


def last_record(question: Question, user_id: int, kind: Kind | None) -> Record | None:
    """Return the session of a person that began last: one that goes on, else the last ended."""
    if user_id in question.hidden:
        return None
    unwritten = [
        record
        for record in beside_the_loop(question.live)
        if kind in {None, record.kind} and user_id in {record.user_id, *record.player_ids}
    ]
    ended = question.last_ended(user_id, kind)
    candidates = [*unwritten, *([] if ended is None else [ended])]
    return max(candidates, key=lambda one: one.started_at, default=None)


def steps_of(record: Record, settings: Settings) -> list[Step]:
    """Return what happened to a session, in order."""
    goes_on = _goes_on_from_another(record, settings)
    begins = _going_on(record) if goes_on else _beginning(record, settings)
    players = _players(record, goes_on=goes_on)
    told = chain(begins, _middle(record), _moves(record), players)
    return [*_in_order(beside_the_loop(told)), *_end(record, settings)]


def _in_order(steps: Iterator[Step]) -> Iterator[Step]:
    """Yield steps by when they were: a few at a time are sorted, so that a thread can pause."""
    runs: list[list[Step]] = []
    while run := sorted(islice(steps, _SORTED), key=_AT):
        runs.append(run)
    return beside_the_loop(merge(*runs, key=_AT))


def _what(record: Record, language: Language, guild: discord.Guild | None) -> str:
    if record.kind == "voice":
        name = channel_shown(language, guild, *_first_channel(record))
        return f"🔊 {say(language, 'kind.voice')} · 👥 {name} · {moment(record.started_at, 'f')}"
    sign = "🎉" if record.activity_type is None else SIGNS[record.activity_type]
    name = shown(language, record.game_name or "")
    return f"{sign} {name} · {moment(record.started_at, 'f')}"


def _first_channel(record: Record) -> tuple[int | None, str]:
    """Return where a stay in voice began: the record names where it ended, and the moves follow."""
    if record.stays:
        return record.stays[0].channel_id, record.stays[0].channel_name
    return record.channel_id, record.channel_name or ""


def _goes_on_from_another(record: Record, settings: Settings) -> bool:
    """Return whether a party was there before its record begins, and another record says so.

    What goes on counts from its first instant: to others that happens where confirm_after is 0.
    """
    counts_at_once = record.confirmed_at == record.started_at < record.ended_at
    is_party = record.kind == "party" and settings.confirm_after > 0
    return is_party and counts_at_once and not record.unbounded


def _going_on(record: Record) -> Iterator[Step]:
    at = record.started_at
    yield Step(at, "why.goes_on", {"at": moment(at, "T")})


def _beginning(record: Record, settings: Settings) -> Iterator[Step]:
    start = record.started_at
    before = next(
        (
            one
            for one in record.stretches
            if one.value == "unknown" and one.start < start <= one.end
        ),
        None,
    )
    at_start = next(
        (one for one in record.stretches if one.value == "unknown" and one.start == start), None
    )
    if record.unbounded:
        yield Step(start, "why.unbounded", {"at": moment(start, "T")})
    elif before is not None:
        yield Step(start, "why.found", _between(before.end, before.start))
    elif at_start is not None:
        yield Step(start, "why.call", _between(at_start.end, start))
    else:
        yield Step(start, "why.heard", {"at": moment(start, "T")})
    found_at = start if at_start is None else at_start.end
    was_heard = before is None and at_start is None and not record.unbounded
    at = record.confirmed_at
    if at is None or not (was_heard or at - found_at >= seconds_of(settings.confirm_after)):
        # What is found counts at once; what is heard of, when confirm_after has passed.
        yield Step(found_at, "why.recovered", {})
    else:
        seconds = max(0, at - start) / SECOND
        yield Step(at, "why.confirmed", {"at": moment(at, "T"), "seconds": seconds})


def _middle(record: Record) -> Iterator[Step]:
    for part in spans_with_pauses(record.started_at, record.ended_at, record.stretches):
        begins_or_ends = part.start <= record.started_at or part.start >= record.ended_at
        if part.value == "present" or begins_or_ends:
            continue
        if part.value == "away":
            key = "why.too_few" if record.kind == "party" else "why.away"
        else:
            key = "why.gap"
        yield Step(part.start, key, _from_to(part.start, part.end))


def _moves(record: Record) -> Iterator[Step]:
    for stay in record.stays[1:]:
        key = "why.moved_unheard" if stay.floor < stay.since else "why.moved"
        values: dict[str, Value] = {"at": moment(stay.since, "T"), "floor": moment(stay.floor, "T")}
        yield Step(stay.since, key, values, stay)


def _players(record: Record, *, goes_on: bool) -> Iterator[Step]:
    for player in record.players:
        at = player.started_at
        key = "why.there" if goes_on and at == record.started_at else "why.joined"
        yield Step(at, key, {"at": moment(at, "T")}, player)
        if player.ended_at is not None and player.ended_at < record.ended_at:
            at = player.ended_at
            yield Step(at, "why.parted", {"at": moment(at, "T")}, player)


def _end(record: Record, settings: Settings) -> Iterator[Step]:
    if is_running(record):
        yield Step(record.ended_at, "why.running", {"at": moment(record.last_seen, "R")})
        return
    graces = {
        "voice": settings.voice_grace,
        "game": settings.game_grace,
        "party": settings.party_grace,
    }
    values: dict[str, Value] = {"at": moment(record.ended_at, "T"), "grace": graces[record.kind]}
    yield Step(record.ended_at, f"why.end.{record.reason}", values)
    for part in spans_with_pauses(record.started_at, record.ended_at, record.stretches):
        if part.value == "unknown" and part.start >= record.ended_at:
            yield Step(part.start, "why.late_end", _from_to(part.start, part.end))


def _between(at: Instant, floor: Instant) -> dict[str, Value]:
    """Return the values of what was found at an instant, and began no earlier than another."""
    return {"at": moment(at, "T"), "floor": moment(floor, "T"), "seconds": (at - floor) / SECOND}


def _from_to(start: Instant, end: Instant) -> dict[str, Value]:
    return {"at": moment(start, "T"), "until": moment(end, "T"), "seconds": (end - start) / SECOND}


def _sum(record: Record, language: Language) -> str:
    present = unknown = possible = 0
    for part in spans_with_pauses(record.started_at, record.ended_at, record.stretches):
        length = part.end - part.start
        if part.value == "present":
            present += length
        elif part.value == "unknown":
            possible += length
            unknown += length if part.credited else 0
    if record.uncertain_seconds is None:
        lowest = present / SECOND
        return say(language, "why.sum.unbounded", seconds=record.seconds, lowest=lowest)
    if not possible:
        return say(language, "why.sum.exact", seconds=record.seconds)
    return say(
        language,
        "why.sum.between",
        seconds=record.seconds,
        present=present / SECOND,
        unknown=unknown / SECOND,
        lowest=present / SECOND,
        highest=(present + possible) / SECOND,
    )


async def _worded(steps: Sequence[Step], language: Language, guild: discord.Guild) -> str:
    """Return the steps, a line each; of too many for a message, the first and the last.

    They are worded from both ends, in turns, until there is no more room.
    """
    head: list[str] = []
    tail: list[str] = []
    room, is_over = _LONGEST, begun_turn()
    for number in range(len(steps)):
        first, is_first = number // 2, number % 2 == 0
        line = _line(steps[first if is_first else -1 - first], language, guild)
        room -= len(line) + 1
        if room < len(_LEFT_OUT):
            head.append(_LEFT_OUT)
            break
        (head if is_first else tail).append(line)
        if is_over():
            await others_first()
            is_over = begun_turn()
    return "\n".join([*head, *reversed(tail)])


def _line(step: Step, language: Language, guild: discord.Guild) -> str:
    values = dict(step.values)
    match step.about:
        case Player(user_id=user_id, username=username):
            values["username"] = person_shown(language, guild, user_id, username)
        case Stay(channel_id=channel_id, channel_name=name):
            values["channel"] = channel_shown(language, guild, channel_id, name)
        case None:
            pass
    return say(language, step.key, **values)


async def _with_chart(
    embed: discord.Embed, record: Record, look: Look, log_language: Language
) -> Answer:
    party = await in_one_thread(party_timeline, record, LINES_SHOWN)
    lines = [party.spans, *(line.spans for line in party.players)]
    is_fit = sum(map(len, lines)) <= _MOST_PARTS
    drawings = await drawn([PartyOrder(party)], look, log_language) if is_fit else None
    if drawings is None:
        text = await in_one_thread(charts.party_as_text, party, look)
        embed.add_field(name=say(look.language, "kind.party"), value=text, inline=False)
    await let_go(*lines)
    if drawings is None:
        return Answer(embeds=[embed])
    embed.set_image(url="attachment://party.png")
    return Answer(embeds=[embed], pictures=[Picture("party.png", drawings[0])])

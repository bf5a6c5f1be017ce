"""``/porque``: why a person's last session counted as it did, step by step.

All of it is read off the record: where it begins and ends, what of it is away or unknown, and
why it is over. So what is told is what was recorded, and nothing else.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from integrations import charts
from integrations.commands.display import channel_shown, moment, person_shown, shown
from integrations.commands.reply import Answer, Picture, card, plain
from integrations.statistics.charted import party_timeline
from integrations.statistics.records import is_running
from integrations.words.catalogue import say
from machines import SECOND, spans
from machines import seconds as seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import discord

    from engine import Settings
    from integrations.charts import Look
    from integrations.commands.desk import Question
    from integrations.words.wording import Language
    from machines import Instant, Kind, Record

__all__ = ["Step", "last_record", "steps_of", "why_answer"]

_LONGEST = 3900
"""Characters of a description, with room for what is always there (Discord allows 4096)."""


class Step(NamedTuple):
    """One thing that happened to a session, as a sentence, and when."""

    at: Instant
    text: str


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
    record = await asyncio.to_thread(last_record, question, person.id, kind)
    name = shown(language, person.display_name)
    if record is None:
        return plain(say(language, "why.nothing", username=name))
    steps = steps_of(record, language, guild, settings)
    text = _joined([step.text for step in steps])
    embed = card(
        say(language, "why.title", username=name),
        f"**{_what(record, language, guild)}**\n\n{text}\n\n{_sum(record, language)}",
        say(language, "why.footer"),
    )
    embed.set_author(name=guild.name)
    if record.kind != "party":
        return Answer(embeds=[embed])
    return await _with_chart(embed, record, look)


def last_record(question: Question, user_id: int, kind: Kind | None) -> Record | None:
    """Return the session of a person that began last: one that goes on, else the last ended."""
    if user_id in question.hidden:
        return None
    running = [
        record
        for record in question.live
        if kind in {None, record.kind} and user_id in {record.user_id, *record.player_ids}
    ]
    ended = question.last_ended(user_id, kind)
    candidates = [*running, *([] if ended is None else [ended])]
    return max(candidates, key=lambda one: one.started_at, default=None)


def steps_of(
    record: Record, language: Language, guild: discord.Guild | None, settings: Settings
) -> list[Step]:
    """Return what happened to a session, in order."""
    steps = [
        *_beginning(record, language, settings),
        *_middle(record, language),
        *_moves(record, language, guild),
        *_players(record, language, guild),
    ]
    steps.sort(key=lambda step: step.at)
    return [*steps, *_end(record, language, settings)]


def _what(record: Record, language: Language, guild: discord.Guild | None) -> str:
    if record.kind == "voice":
        name = channel_shown(language, guild, record.channel_id, record.channel_name or "")
        return f"🔊 {say(language, 'kind.voice')} · 👥 {name} · {moment(record.started_at, 'f')}"
    sign = "🎮" if record.kind == "game" else "🎉"
    name = shown(language, record.game_name or "")
    return f"{sign} {name} · {moment(record.started_at, 'f')}"


def _beginning(record: Record, language: Language, settings: Settings) -> Iterator[Step]:
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
        yield Step(start, say(language, "why.unbounded", at=moment(start, "T")))
    elif before is not None:
        seconds = (before.end - before.start) / SECOND
        text = say(
            language,
            "why.found",
            at=moment(before.end, "T"),
            floor=moment(before.start, "T"),
            seconds=seconds,
        )
        yield Step(start, text)
    elif at_start is not None:
        text = say(
            language,
            "why.call",
            at=moment(at_start.end, "T"),
            floor=moment(start, "T"),
            seconds=(at_start.end - start) / SECOND,
        )
        yield Step(start, text)
    else:
        yield Step(start, say(language, "why.heard", at=moment(start, "T")))
    found_at = start if at_start is None else at_start.end
    was_heard = before is None and at_start is None and not record.unbounded
    at = record.confirmed_at
    if at is None or not (was_heard or at - found_at >= seconds_of(settings.confirm_after)):
        # What is found counts at once; what is heard of, when confirm_after has passed.
        yield Step(found_at, say(language, "why.recovered"))
    else:
        seconds = max(0, at - start) / SECOND
        yield Step(at, say(language, "why.confirmed", at=moment(at, "T"), seconds=seconds))


def _middle(record: Record, language: Language) -> Iterator[Step]:
    for part in spans(record.started_at, record.ended_at, record.stretches):
        begins_or_ends = part.start <= record.started_at or part.start >= record.ended_at
        if part.value == "present" or begins_or_ends:
            continue
        if part.value == "away":
            key = "why.too_few" if record.kind == "party" else "why.away"
        else:
            key = "why.gap"
        text = say(
            language,
            key,
            at=moment(part.start, "T"),
            until=moment(part.end, "T"),
            seconds=(part.end - part.start) / SECOND,
        )
        yield Step(part.start, text)


def _moves(record: Record, language: Language, guild: discord.Guild | None) -> Iterator[Step]:
    for stay in record.stays[1:]:
        channel = channel_shown(language, guild, stay.channel_id, stay.channel_name)
        at = moment(stay.since, "T")
        if stay.floor < stay.since:
            floor = moment(stay.floor, "T")
            text = say(language, "why.moved_unheard", at=at, floor=floor, channel=channel)
        else:
            text = say(language, "why.moved", at=at, channel=channel)
        yield Step(stay.since, text)


def _players(record: Record, language: Language, guild: discord.Guild | None) -> Iterator[Step]:
    for player in record.players:
        name = person_shown(language, guild, player.user_id, player.username)
        at = moment(player.started_at, "T")
        yield Step(player.started_at, say(language, "why.joined", at=at, username=name))
        if player.ended_at is not None and player.ended_at < record.ended_at:
            at = moment(player.ended_at, "T")
            yield Step(player.ended_at, say(language, "why.parted", at=at, username=name))


def _end(record: Record, language: Language, settings: Settings) -> Iterator[Step]:
    if is_running(record):
        text = say(language, "why.running", at=moment(record.last_seen, "R"))
        yield Step(record.ended_at, text)
        return
    graces = {
        "voice": settings.voice_grace,
        "game": settings.game_grace,
        "party": settings.party_grace,
    }
    at = moment(record.ended_at, "T")
    text = say(language, f"why.end.{record.reason}", at=at, grace=graces[record.kind])
    yield Step(record.ended_at, text)
    for part in spans(record.started_at, record.ended_at, record.stretches):
        if part.value == "unknown" and part.start >= record.ended_at:
            text = say(
                language,
                "why.late_end",
                at=moment(part.start, "T"),
                until=moment(part.end, "T"),
                seconds=(part.end - part.start) / SECOND,
            )
            yield Step(part.start, text)


def _sum(record: Record, language: Language) -> str:
    present = unknown = possible = 0
    for part in spans(record.started_at, record.ended_at, record.stretches):
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


def _joined(lines: list[str]) -> str:
    """Return the lines, those in the middle left out where there are too many for a message."""
    while len("\n".join(lines)) > _LONGEST:
        middle = len(lines) // 2
        lines = [*lines[: middle - 1], "…", *lines[middle + 1 :]]
    return "\n".join(lines)


async def _with_chart(embed: discord.Embed, record: Record, look: Look) -> Answer:
    timeline = party_timeline(record)
    if not charts.can_draw():
        text = charts.party_as_text(timeline, look)
        embed.add_field(name=say(look.language, "kind.party"), value=text, inline=False)
        return Answer(embeds=[embed])
    png = await asyncio.to_thread(charts.party_png, timeline, look)
    embed.set_image(url="attachment://party.png")
    return Answer(embeds=[embed], pictures=[Picture("party.png", png)])

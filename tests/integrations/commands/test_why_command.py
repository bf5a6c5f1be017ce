"""``/porque`` of very much: its head and its tail are told, and nothing else worded."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, cast
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import discord
import msgspec
import pytest

from engine import Settings
from integrations import charts, turns
from integrations.charts.look import THEMES, Look
from integrations.commands import why_command
from integrations.commands.desk import Question
from integrations.commands.why_command import steps_of, why_answer
from integrations.statistics.period import Window
from integrations.statistics.sums import people_in
from machines import SECOND, Player, Stay, Stretch, record_of
from tests.persistence.examples import GUILD, START, party_record, voice

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.commands.reply import Answer
    from machines import Kind, Record
    from persistence import Ledger

LONGEST = 4096
"""Characters of a description (Discord's documentation, "Embed Limits")."""


@pytest.fixture(autouse=True)
def _as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "can_draw", lambda: False)


def crowd(people: int, stays: int = 0) -> Record:
    """Return a party that so many joined, one a second, and so many of them left again."""
    record = party_record()
    record.players = tuple(
        Player(
            session_id=f"g{number}",
            user_id=number,
            username=f"Person {number}",
            started_at=START + number * SECOND,
            ended_at=START + 3600 * SECOND + number * SECOND if number >= stays else None,
        )
        for number in range(people)
    )
    record.ended_at = START + 7200 * SECOND
    return record


def question(record: Record) -> Question:
    ledger = Mock()
    ledger.history.return_value = [record]
    window, zone = Window(None, record.ended_at), ZoneInfo("UTC")
    return Question(
        GUILD, "all", window, record.ended_at, zone, "en", [], frozenset(), cast("Ledger", ledger)
    )


async def answered(record: Record, kind: Kind = "party") -> Answer:
    """Return the answer about the session to somebody who was in it."""
    guild = Mock(spec=discord.Guild)
    guild.name = "Plaza"
    guild.get_member.return_value = guild.get_channel.return_value = None
    [user_id, *_others] = people_in(record)
    person = Mock(spec=discord.Member, id=user_id, display_name="Person 0")
    look = Look(THEMES["dark"], "en", ZoneInfo("UTC"))
    return await why_answer(question(record), guild, person, kind, Settings(), look)


async def told(record: Record, kind: Kind = "party") -> str:
    """Return what is told of the session in words."""
    [embed] = (await answered(record, kind)).embeds
    return embed.description or ""


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[threading.Thread]:
    """Return the threads in which that function of the module is called from now on."""
    called: list[threading.Thread] = []
    original: Callable[..., object] = getattr(why_command, name)

    def calls(*args: object, **values: object) -> object:
        called.append(threading.current_thread())
        return original(*args, **values)

    monkeypatch.setattr(why_command, name, calls)
    return called


@pytest.mark.parametrize("name", ["say", "person_shown"])
async def test_of_ten_times_as_many_players_no_more_lines_are_worded(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    called = counted(monkeypatch, name)
    await told(crowd(100))
    of_a_hundred = len(called)
    await told(crowd(1_000))
    assert len(called) - of_a_hundred <= of_a_hundred + 2  # where numbers are as long as there


async def test_the_first_and_the_last_lines_are_told_and_those_between_left_out() -> None:
    text = await told(crowd(1_000))
    lines = text.split("\n\n")[1].splitlines()
    middle = lines.index("…")
    assert len(text) <= LONGEST
    assert "Person 0" in lines[2]
    assert "Person 999" in lines[-2]
    assert abs(middle - (len(lines) - middle - 1)) <= 1
    assert len("\n".join(lines)) > why_command._LONGEST - 100  # noqa: SLF001 - it is used up


@pytest.mark.parametrize("people", [2, 3, 10])
async def test_where_there_is_room_every_line_is_told_in_order(people: int) -> None:
    text = await told(crowd(people, stays=1))
    names = [line.split("**")[1] for line in text.split("\n\n")[1].splitlines() if "Person" in line]
    everybody = [f"Person {number}" for number in range(people)]
    assert names == [*everybody, *everybody[1:]]
    assert "…" not in text


async def test_of_a_party_that_goes_on_from_another_nothing_is_said_to_begin() -> None:
    record = crowd(3)
    record.started_at = record.confirmed_at = START + SECOND
    record.players = tuple(
        msgspec.structs.replace(each, started_at=max(each.started_at, record.started_at))
        for each in record.players
    )
    first, *lines = (await told(record)).split("\n\n")[1].splitlines()
    assert "It was going on already" in first
    assert ["was there already" in line for line in lines[:3]] == [True, True, False]
    assert "confirmed" not in "".join(lines)
    assert "came in" in lines[2]

    record.confirmed_at += 10 * SECOND
    assert "Discord said that it began" in await told(record)


def test_a_party_of_no_length_goes_on_from_no_other() -> None:
    record = crowd(2)
    record.started_at = record.confirmed_at = record.ended_at
    assert "why.goes_on" not in {step.key for step in steps_of(record, Settings())}


async def test_the_record_is_read_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    read, drawn = counted(monkeypatch, "spans_with_pauses"), counted(monkeypatch, "party_timeline")
    await told(crowd(10))
    assert read
    assert drawn
    assert threading.main_thread() not in {*read, *drawn}


def restless(times: int) -> Record:
    """Return a session of somebody who moves so many times, and is away after each move."""
    starts = [START + 20 * SECOND * number for number in range(times)]
    session = voice()
    session.moved = tuple(Stay(500, "Sala", at, at) for at in starts)
    session.stretches = tuple(Stretch(at + 10 * SECOND, at + 15 * SECOND, "away") for at in starts)
    session.state, session.reason, session.ended_at = "ended", "left", starts[-1] + 20 * SECOND
    return record_of(session)


async def test_a_stay_that_moved_is_headed_by_where_it_began() -> None:
    session = voice()
    session.moved = (
        Stay(400, "Plaza", START, START),
        Stay(500, "Sala", START + 60 * SECOND, START),
    )
    session.channel_id, session.channel_name = 500, "Sala"
    session.state, session.reason, session.ended_at = "ended", "left", START + 600 * SECOND
    text = await told(record_of(session), "voice")
    assert "👥 Plaza" in text.splitlines()[0]
    assert text.index("Plaza") < text.index("Sala")


async def test_a_long_history_is_read_with_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of 10,000 moves and absences took 88 ms, in which nobody else had a turn."""
    pauses: list[float] = []
    monkeypatch.setattr("persistence.beside_the_loop._WORK", 0.0)
    monkeypatch.setattr("persistence.beside_the_loop.time.sleep", pauses.append)
    times = 1_000
    await told(restless(times), "voice")
    stretches, spans, steps = times, 2 * times, 2 * times
    for_steps, for_the_end, for_the_sum = [stretches + spans] * 3
    found = put_in_order = steps
    assert len(pauses) >= for_steps + found + put_in_order + for_the_end + for_the_sum


def test_steps_are_put_in_order_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of one instant stay as they were."""
    record = crowd(40)
    record.players = tuple(
        msgspec.structs.replace(player, ended_at=player.started_at + 5 * SECOND)
        for player in record.players
    )
    at_once = steps_of(record, Settings())
    monkeypatch.setattr(why_command, "_SORTED", 7)
    assert steps_of(record, Settings()) == at_once
    *steps, _end = at_once
    assert len(steps) >= 80
    assert steps == sorted(steps, key=lambda step: step.at)


async def test_others_have_their_turn_between_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_TURN", 0.0)
    worded = counted(monkeypatch, "person_shown")
    seen: list[int] = []

    async def let_in() -> None:
        while True:
            await asyncio.sleep(0)
            seen.append(len(worded))

    others = asyncio.create_task(let_in())
    await told(crowd(1_000))
    others.cancel()
    assert len(set(seen)) >= len(worded) // 20


@pytest.mark.parametrize(("absences", "pictures"), [(700, 1), (800, 0)])
async def test_a_party_of_very_many_parts_is_text_for_its_chart_would_take_too_long(
    monkeypatch: pytest.MonkeyPatch, absences: int, pictures: int
) -> None:
    async def drawn(*_asked: object) -> list[bytes]:
        return [b"a picture"]

    monkeypatch.setattr(why_command, "drawn", drawn)
    record = crowd(2)
    away = tuple(
        Stretch(at, at + SECOND, "away")
        for at in range(START + 10 * SECOND, START + (10 + 2 * absences) * SECOND, 2 * SECOND)
    )
    record.players = tuple(
        msgspec.structs.replace(player, stretches=away, ended_at=record.ended_at)
        for player in record.players
    )
    answer = await answered(record)
    assert len(answer.pictures) == pictures
    assert bool(answer.embeds[0].fields) is not bool(pictures)

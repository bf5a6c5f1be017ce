"""How many functions of ours an event calls: that does not depend on the machine.

Counted are calls of Python functions in our packages while discord.py takes in one frame; the
bounds have room for a few more, so that whoever adds calls to every event has to look here. Four of
them are the clock's of the test.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import engine
import integrations
import machines
import persistence
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import FedBot, fed, payload

if TYPE_CHECKING:
    from types import FrameType


OURS = tuple(
    str(Path(package.__path__[0])) for package in (engine, integrations, machines, persistence)
)
GUILD = 0


class Case(NamedTuple):
    """What is told of somebody first, and then; and how many calls the latter may take."""

    name: str
    before: list[str]
    event: str
    text: str
    at_most: int


def cases(population: Population) -> list[Case]:
    here, there, free = population.guilds[GUILD].channel_ids[:3]
    sits, plays, idles = population.in_voice[0], population.playing[0], population.idle[0]
    voice, presence = "VOICE_STATE_UPDATE", "PRESENCE_UPDATE"
    at_home, at_play = sits.voice_update(here), plays.presence_update(plays.game)
    return [
        Case("mutes", [at_home], voice, sits.voice_update(here, muted=True), 23),
        Case("details", [], presence, plays.presence_update(plays.game, details="2-1"), 23),
        Case("no game", [], presence, idles.presence_update(None, status="idle"), 17),
        Case("moves", [at_home], voice, sits.voice_update(there), 52),
        Case("leaves", [at_home], voice, sits.voice_update(None), 55),
        Case("comes back", [at_home, sits.voice_update(None)], voice, at_home, 55),
        Case("joins", [], voice, idles.voice_update(free), 60),
        Case("gone at once", [idles.voice_update(free)], voice, idles.voice_update(None), 46),
        Case("closes", [], presence, plays.presence_update(None), 98),
        Case("opens", [plays.presence_update(None)], presence, at_play, 106),
        Case("begins", [], presence, idles.presence_update("Otro"), 72),
        Case("stops", [idles.presence_update("Otro")], presence, idles.presence_update(None), 53),
    ]


def calls_in(told: FedBot, event: str, data: dict[str, Any]) -> Counter[str]:
    called: Counter[str] = Counter()

    def count(frame: FrameType, what: str, _value: object) -> None:
        if what == "call" and frame.f_code.co_filename.startswith(OURS):
            called[f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}"] += 1

    sys.setprofile(count)
    try:
        told.hears(event, data)
    finally:
        sys.setprofile(None)
    return called


NAMES = [case.name for case in cases(Population.of(20, guilds=1))]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [20, 500])
async def test_an_event_makes_no_more_calls_of_ours_than_it_did_however_many_sessions_there_are(
    name: str, size: int, tmp_path: Path
) -> None:
    population = Population.of(size, guilds=1)
    case = next(case for case in cases(population) if case.name == name)
    async with fed(tmp_path, population) as told:
        for text in case.before:
            told.hears(case.event, payload(text))
        called = calls_in(told, case.event, payload(case.text))
    assert 0 < called.total() <= case.at_most, called.most_common()

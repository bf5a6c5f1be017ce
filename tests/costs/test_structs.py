"""How many structs an event makes: none that changes nothing, a handful with a transition."""

from __future__ import annotations

import threading
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from machines import GameSession, PartySession, VoiceSession
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import fed, payload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAKERS = {
    "integrations.gateway.translation": ("Channel", "PresenceObserved", "VoiceObserved"),
    "engine.people": ("Change", "Evidence", "GameSession", "VoiceSession"),
    "engine.firing": ("Step",),
    "machines.lifecycle": ("Deadline", "Stretch"),
    "machines.session": ("Player", "Stay"),
    "machines.voice": ("Stay",),
}
"""Where the structs of an event are made, and by what names."""

OF_GAMES = {
    "integrations.gateway.activities": ("ActivitySeen",),
    "engine.group_index": ("Group",),
    "engine.groups": ("Roster", "Stretch"),
    "engine.reconciling": ("Change", "Evidence", "PartySession"),
    "engine.roster": ("Stretch",),
}
"""Where those are made that games and parties have besides."""


class Case(NamedTuple):
    """What is told of somebody first, and then; and what the latter makes.

    After each that comes before it so many seconds pass.
    """

    before: tuple[str, ...]
    event: str
    text: str
    made: dict[str, int]
    seconds: float = 1


POPULATION = Population.of(20, guilds=1)
SITS, PLAYS, IDLES = POPULATION.in_voice[0], POPULATION.playing[0], POPULATION.idle[0]
HERE, THERE = POPULATION.guilds[0].channel_ids[:2]
VOICE, PRESENCE = "VOICE_STATE_UPDATE", "PRESENCE_UPDATE"
ONE, OTHER = (each.presence_update(PLAYS.game) for each in POPULATION.idle[1:3])
OPENS, CLOSES = PLAYS.presence_update(PLAYS.game), PLAYS.presence_update(None)
TO_ANOTHER = PLAYS.presence_update("Tetris")
SEEN = {"PresenceObserved": 1, "ActivitySeen": 1}
UNTIL_IT_COUNTS = 15
IN, OUT = SITS.voice_update(HERE), SITS.voice_update(None)

CASES = {
    "mutes": Case((IN,), VOICE, SITS.voice_update(HERE, muted=True), {}),
    "changes details": Case((), PRESENCE, PLAYS.presence_update(PLAYS.game, details="2-1"), {}),
    "has no game": Case((), PRESENCE, IDLES.presence_update(None, status="idle"), {}),
    "moves": Case(
        (IN,),
        VOICE,
        SITS.voice_update(THERE),
        {"VoiceObserved": 1, "Channel": 1, "Change": 1, "Step": 1, "Stay": 2},
    ),
    "leaves": Case((IN,), VOICE, OUT, {"VoiceObserved": 1, "Step": 1, "Deadline": 1}),
    "comes back": Case(
        (IN, OUT), VOICE, IN, {"VoiceObserved": 1, "Channel": 1, "Step": 1, "Stretch": 1}
    ),
    "joins": Case(
        (),
        VOICE,
        IDLES.voice_update(HERE),
        {"VoiceObserved": 1, "Channel": 1, "VoiceSession": 1, "Step": 1, "Deadline": 1},
    ),
    "opens a game": Case(
        (),
        PRESENCE,
        IDLES.presence_update("Tetris"),
        {**SEEN, "GameSession": 1, "Step": 1, "Deadline": 1},
    ),
    "closes a game": Case((), PRESENCE, CLOSES, {"PresenceObserved": 1, "Step": 1, "Deadline": 1}),
    "opens it again": Case((CLOSES,), PRESENCE, OPENS, {**SEEN, "Step": 1, "Stretch": 1}),
    "goes to another game": Case(
        (),
        PRESENCE,
        TO_ANOTHER,
        {**SEEN, "GameSession": 1, "Step": 2, "Deadline": 2},
    ),
    "comes back from it": Case(
        (TO_ANOTHER,),
        PRESENCE,
        OPENS,
        {**SEEN, "Step": 2, "Stretch": 1},
    ),
    "leaves a party": Case(
        (ONE, OTHER),
        PRESENCE,
        CLOSES,
        {"PresenceObserved": 1, "Step": 1, "Deadline": 1, "Player": 1},
        UNTIL_IT_COUNTS,
    ),
    "comes back to a party": Case(
        (ONE, OTHER, CLOSES),
        PRESENCE,
        OPENS,
        {**SEEN, "Step": 1, "Stretch": 1, "Player": 1},
        UNTIL_IT_COUNTS,
    ),
    "leaves a party of two": Case(
        (ONE,),
        PRESENCE,
        CLOSES,
        {"PresenceObserved": 1, "Step": 2, "Deadline": 2, "Player": 1},
        UNTIL_IT_COUNTS,
    ),
    "comes back to a party of two": Case(
        (ONE, CLOSES),
        PRESENCE,
        OPENS,
        {**SEEN, "Step": 2, "Stretch": 2, "Player": 1},
        UNTIL_IT_COUNTS,
    ),
}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What has been made so far, by name."""
    counted: Counter[str] = Counter()

    def counting(name: str, make: Callable[..., object]) -> Callable[..., object]:
        def count(*values: Any, **named: Any) -> object:  # noqa: ANN401 - as the struct takes them
            if threading.current_thread() is threading.main_thread():  # another one writes
                counted[name] += 1
            return make(*values, **named)

        return count

    for kind in (GameSession, PartySession, VoiceSession):
        msgspec.json.Decoder(kind)  # looks up the types of its fields, once, by their names
    for module, names in {**MAKERS, **OF_GAMES}.items():
        for name in names:
            make = getattr(import_module(module), name)
            monkeypatch.setattr(f"{module}.{name}", counting(name, make))
    return counted


@pytest.mark.parametrize("name", list(CASES))
async def test_an_event_makes_these_structs_and_no_more(
    name: str, made: Counter[str], tmp_path: Path
) -> None:
    case = CASES[name]
    async with fed(tmp_path, POPULATION) as told:
        for text in case.before:
            told.hears(case.event, payload(text))
            told.clock.passes(case.seconds)
            told.clock.catches_up()
        made.clear()
        told.hears(case.event, payload(case.text))
    assert made == case.made

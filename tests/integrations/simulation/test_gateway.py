"""The gateway: what it loses, delays, repeats, replays, and what it never does."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from integrations.simulation.faults import Break, Faults, Outage
from integrations.simulation.options import Options
from integrations.simulation.simulation import Run, simulate
from integrations.simulation.units import SECOND
from tests.integrations.simulation.worlds import GENERAL, GUILD, LOUNGE, PINO, at, run, voice

if TYPE_CHECKING:
    from integrations.simulation.faults import BreakKind
    from integrations.simulation.gateway import Frame


def frames(played: Run) -> list[Frame]:
    return played.gateway.frames["voice", GUILD, PINO]


def a_break(kind: BreakKind, start: float, end: float) -> Faults:
    return Faults(breaks=(Break(kind, at(start), at(end), at(start)),))


@pytest.fixture(scope="module")
def busy() -> Run:
    return simulate(Options(hours=24, people=80, guilds=2, loss=0.0, restarts=0, seed=3))


def test_events_of_one_person_in_one_guild_keep_their_order(busy: Run) -> None:
    for stream in busy.gateway.frames.values():
        heard = [frame.arrived for frame in stream if frame.arrived is not None]
        assert heard == sorted(heard)


def test_events_of_different_people_may_overtake_one_another(busy: Run) -> None:
    every = [frame for stream in busy.gateway.frames.values() for frame in stream]
    heard = sorted((frame.fact.at, frame.arrived) for frame in every if frame.arrived is not None)
    assert any(earlier[1] > later[1] for earlier, later in pairwise(heard))


def test_so_many_are_never_sent() -> None:
    options = Options(hours=24, people=40, guilds=2, loss=0.2, restarts=0, seed=3)
    lossy = simulate(options).gateway.frames.values()
    every = [frame for stream in lossy for frame in stream]
    share = sum(frame.lost for frame in every) / len(every)
    assert 0.15 < share < 0.25
    assert all(frame.arrived is None for frame in every if frame.lost)


def test_an_event_named_is_lost_for_certain() -> None:
    faults = Faults(never_sent=frozenset({(at(100), PINO)}))
    [joined, left] = frames(run(voice(100, PINO, GENERAL), voice(900, PINO, None), faults=faults))
    assert (joined.lost, left.lost) == (True, False)


def test_a_resume_replays_what_the_cut_has_missed() -> None:
    played = run(
        voice(100, PINO, GENERAL),
        voice(610, PINO, LOUNGE),
        voice(900, PINO, None),
        faults=a_break("resume", 600, 640),
    )
    [joined, moved, left] = frames(played)
    assert moved.arrived == at(640)
    assert moved.since is not None
    assert at(559) <= moved.since <= at(600)
    assert (joined.since, left.since) == (None, None)
    assert played.gateway.cuts == [(at(600), at(640))]


def test_a_new_session_of_the_gateway_replays_nothing() -> None:
    played = run(
        voice(100, PINO, GENERAL),
        voice(610, PINO, None),
        faults=a_break("reidentify", 600, 640),
    )
    assert frames(played)[1].arrived is None
    [before, after] = played.gateway.watched[GUILD]
    assert before[1] == at(600)
    assert at(640) < after[0] < at(642)


def test_an_unavailable_guild_sends_nothing_and_comes_back_whole() -> None:
    faults = Faults(outages=(Outage(GUILD, at(600), at(700)),))
    played = run(voice(100, PINO, GENERAL), voice(650, PINO, None), faults=faults)
    assert frames(played)[1].arrived is None
    assert [span[0] for span in played.gateway.watched[GUILD][1:]] == [at(700)]


def test_most_events_are_punctual(busy: Run) -> None:
    every = [frame for stream in busy.gateway.frames.values() for frame in stream]
    late = [frame for frame in every if frame.due - frame.fact.at > 2 * SECOND]
    assert 0 < len(late) < len(every) / 50

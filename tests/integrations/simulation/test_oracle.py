"""The oracle: the truth of histories written by hand, and nothing learnt from the engine."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.simulation.oracle import Oracle, Subject, countable
from integrations.simulation.units import SECOND
from tests.integrations.simulation.worlds import (
    A_PARTY,
    AFK,
    AGU,
    GENERAL,
    GUILD,
    LOUNGE,
    OSU,
    OTHER_GUILD,
    PINO,
    PINO_IN_VOICE,
    PINO_WITH_OSU,
    ZETA,
    at,
    history,
    plays,
    spans,
    voice,
)

if TYPE_CHECKING:
    from integrations.simulation.history import Fact


def oracle(*facts: Fact, guild_ids: tuple[int, ...] = (GUILD,)) -> Oracle:
    return Oracle(history(*facts, guild_ids=guild_ids), (at(0), at(1000)), min_players=2)


def test_a_stay_lasts_from_the_join_to_the_leave_through_all_channels() -> None:
    truth = oracle(voice(10, PINO, GENERAL), voice(40, PINO, LOUNGE), voice(90, PINO, None))
    assert truth.of(PINO_IN_VOICE) == spans((10, 90))


def test_time_in_the_afk_channel_is_time_away() -> None:
    truth = oracle(
        voice(10, PINO, GENERAL),
        voice(40, PINO, AFK),
        voice(60, PINO, LOUNGE),
        voice(90, PINO, None),
    )
    assert truth.of(PINO_IN_VOICE) == spans((10, 40), (60, 90))


def test_whoever_never_leaves_is_there_to_the_end() -> None:
    assert oracle(voice(10, PINO, GENERAL)).of(PINO_IN_VOICE) == spans((10, 1000))


def test_a_game_shows_in_every_guild_of_its_player() -> None:
    truth = oracle(plays(10, PINO, OSU), plays(50, PINO), guild_ids=(GUILD, OTHER_GUILD))
    assert truth.of(PINO_WITH_OSU) == spans((10, 50))
    assert truth.of(PINO_WITH_OSU._replace(guild_id=OTHER_GUILD)) == spans((10, 50))


def test_games_overlap_and_flicker() -> None:
    truth = oracle(
        plays(10, PINO, OSU),
        plays(20, PINO, OSU, "Chess"),
        plays(30, PINO, "Chess"),
        plays(31, PINO, "Chess", OSU),
        plays(60, PINO),
    )
    assert truth.of(PINO_WITH_OSU) == spans((10, 30), (31, 60))
    assert truth.of(Subject("game", GUILD, PINO, "chess", "playing")) == spans((20, 60))


def test_a_party_lasts_while_two_of_its_players_are_there() -> None:
    truth = oracle(
        plays(10, PINO, OSU),
        plays(20, AGU, OSU),
        plays(30, ZETA, OSU),
        plays(40, PINO),
        plays(50, AGU),
        plays(60, PINO, OSU),
        plays(70, PINO),
    )
    assert truth.of(A_PARTY) == spans((20, 50), (60, 70))


def test_what_counts_begins_with_ten_seconds_and_goes_on_over_short_pauses() -> None:
    parts = [(0, 5), (20, 40), (60, 62), (200, 205)]
    counted = countable(parts, confirm_after=10, grace=50)
    assert counted.parts == [(20, 40), (60, 62)]
    assert counted.sessions == [(20, 62)]


def test_nothing_the_oracle_needs_knows_the_engine_or_the_machines() -> None:
    seen: set[str] = set()
    _collect("integrations.simulation.oracle", seen)
    assert "integrations.simulation.history" in seen
    forbidden = {"engine", "machines", "persistence", "latido", "discord"}
    assert {name.split(".")[0] for name in seen} & forbidden == set()


def _collect(module: str, seen: set[str]) -> None:
    """Follow every import of this project, whether it is for types alone or not."""
    if module in seen:
        return
    seen.add(module)
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None or not module.startswith("integrations"):
        return
    for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            _collect(node.module, seen)
        elif isinstance(node, ast.Import):
            for name in node.names:
                _collect(name.name, seen)


def test_a_second_is_a_million() -> None:
    assert SECOND == at(1) - at(0) == 1_000_000

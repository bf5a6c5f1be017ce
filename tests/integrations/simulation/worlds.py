"""Small worlds written by hand: seconds since the bot's first start, one guild, a few people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.simulation.faults import Faults
from integrations.simulation.history import (
    Fact,
    Guild,
    History,
    Person,
    Place,
    Played,
    PresenceFact,
    VoiceFact,
)
from integrations.simulation.options import Options
from integrations.simulation.oracle import Subject
from integrations.simulation.simulation import Run, play
from integrations.simulation.units import SECOND, START

if TYPE_CHECKING:
    from collections.abc import Iterable

GUILD, OTHER_GUILD = 1 << 22, 2 << 22
GENERAL, LOUNGE, AFK = 11, 12, 19
PINO, AGU, ZETA = 1, 2, 3
OSU = "osu!"
_PLACES = (Place(GENERAL, "General"), Place(LOUNGE, "Lounge"))

PINO_IN_VOICE = Subject("voice", GUILD, PINO)
PINO_WITH_OSU = Subject("game", GUILD, PINO, OSU, "playing")
A_PARTY = Subject("party", GUILD, 0, OSU, "playing")


def at(second: float) -> int:
    """Return the instant so many seconds after the bot's first start."""
    return START + round(second * SECOND)


def spans(*seconds: tuple[float, float]) -> list[tuple[int, int]]:
    return [(at(first), at(last)) for first, last in seconds]


def voice(second: float, person: int, place: int | None, guild: int = GUILD) -> VoiceFact:
    return VoiceFact(at(second), person, guild, place, connection=int(second))


def plays(second: float, person: int, *games: str) -> PresenceFact:
    shown = tuple(Played(game, None, "playing", at(second), None) for game in games)
    return PresenceFact(at(second), person, shown)


def history(*facts: Fact, guild_ids: Iterable[int] = (GUILD,)) -> History:
    """Return the history of these facts; everybody is in every guild."""
    ids = tuple(guild_ids)
    guilds = {guild_id: Guild(guild_id, _PLACES, Place(AFK, "AFK")) for guild_id in ids}
    people = {number: Person(number, f"person-{number}", ids) for number in (PINO, AGU, ZETA)}
    return History(guilds, people, list(facts))


def run(
    *facts: Fact, faults: Faults | None = None, guild_ids: Iterable[int] = (GUILD,), seed: int = 2
) -> Run:
    """Play these facts to the bots; nothing goes wrong but what ``faults`` says.

    With this seed no event of a short world is late or repeated.
    """
    options = Options(hours=2, people=3, guilds=1, loss=0.0, restarts=0, outages=0, seed=seed)
    return play(options, history(*facts, guild_ids=guild_ids), faults or Faults())

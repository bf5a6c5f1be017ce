"""Reading a GUILD_CREATE: each piece costs the same, however many people are in the guild.

Counted are lines of ours that run between two moments at which others may have their turn.
"""

from __future__ import annotations

from engine import Settings
from integrations.gateway.admission import Admission
from integrations.gateway.arrivals import Arrival
from integrations.gateway.event_payload import decoded
from integrations.gateway.guild_payload import GuildFacts
from integrations.gateway.hears import HEARS_ALL
from tests.benchmarks.population import Population
from tests.costs.steps import counted_lines

FEW, MANY = 1_000, 2_000


def arrival_of(people: int) -> tuple[Arrival, Population]:
    """Begin to read a guild in which one of ten has a session, and discord.py has cached nobody."""
    population = Population.of(people // 10, guilds=1, idle_each=people - people // 10)
    data = population.guilds[0].create()
    admission = Admission(Settings())
    facts = decoded(data, GuildFacts)
    return Arrival(facts, data, admission, 1, lambda: None, HEARS_ALL), population


def longest_piece(people: int) -> int:
    arrival, _population = arrival_of(people)
    pieces, longest = arrival.reading(), 0
    while not arrival.states.is_whole:
        with counted_lines("integrations") as lines:
            next(pieces, None)
        longest = max(longest, lines.count)
    return longest


def test_no_piece_of_reading_runs_more_lines_the_more_people_there_are() -> None:
    assert longest_piece(FEW) == longest_piece(MANY)


def of_one_person(people: int, *, games: bool) -> int:
    """Return the lines that it takes to read one person once everybody is found."""
    arrival, population = arrival_of(people)
    pieces = arrival.reading()
    while not arrival.found.is_set():
        next(pieces)
    person = (population.playing if games else population.in_voice)[-1]
    with counted_lines("integrations") as lines:
        assert arrival.read_first(person.id, games=games)
    assert person.id in (arrival.report.games if games else arrival.report.voice)
    return lines.count


def test_once_everybody_is_found_one_person_is_read_in_as_many_lines_however_many_there_are() -> (
    None
):
    for games in (False, True):
        assert of_one_person(FEW, games=games) == of_one_person(MANY, games=games)

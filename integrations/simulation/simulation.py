"""A run: one world, one gateway, and the bots that listen to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from engine import Settings
from integrations.simulation.agenda import Agenda
from integrations.simulation.baselines import EventsOnly, ProposalCheck
from integrations.simulation.calls import Calls
from integrations.simulation.faults import Faults
from integrations.simulation.gateway import Gateway
from integrations.simulation.intervals import Intervals, subtract, union
from integrations.simulation.latido_driver import LatidoDriver
from integrations.simulation.law import Law
from integrations.simulation.oracle import Oracle
from integrations.simulation.sources import Sources
from integrations.simulation.units import HOUR, START
from integrations.simulation.unseeable import Unseeable
from integrations.simulation.world import BEFORE, make_history
from machines import seconds

if TYPE_CHECKING:
    from integrations.simulation.history import History
    from integrations.simulation.listener import Listener
    from integrations.simulation.options import Options

__all__ = ["Run", "play", "simulate"]

_COMES_TO_REST = 6 * HOUR
"""How long the bots go on when nobody is about any more: a restart may take four hours."""


@dataclass
class Run:
    """Everything that is known after a run."""

    options: Options
    settings: Settings
    history: History
    oracle: Oracle
    faults: Faults
    gateway: Gateway
    sources: Sources
    latido: LatidoDriver
    proposal: ProposalCheck
    events_only: EventsOnly
    end: int

    @cached_property
    def unseeable(self) -> Unseeable:
        """What nobody could have known to be otherwise."""
        delay = seconds(self.settings.event_delay)
        return Unseeable(self.history, self.gateway, self.sources.looks, delay, self.end)

    @cached_property
    def law(self) -> Law:
        """The judgement of Latido's records."""
        return Law(self, self.latido.durable.ledger)

    def first_looked(self, guild_id: int) -> int:
        """Return when the bot saw a guild for the first time."""
        return min((since for since, _ in self.gateway.watched[guild_id]), default=self.end)

    def watched(self, guild_id: int) -> Intervals:
        """Return when the bot was connected and a guild was there; a resumed cut counts."""
        return union(self.gateway.watched[guild_id])

    def listened(self, guild_id: int) -> Intervals:
        """Return when the bot heard at once what happened in a guild."""
        return self._listened[guild_id]

    @cached_property
    def _listened(self) -> dict[int, Intervals]:
        cuts = union(self.gateway.cuts)
        return {
            guild_id: subtract(union(self.gateway.watched[guild_id]), cuts)
            for guild_id in self.history.guilds
        }


def simulate(options: Options, settings: Settings | None = None) -> Run:
    """Draw a world and its faults, and play it to the bots from beginning to end."""
    history = make_history(options.hours, options.people, options.guilds, options.seed)
    return play(options, history, Faults.drawn(options, history), settings)


def play(
    options: Options, history: History, faults: Faults, settings: Settings | None = None
) -> Run:
    """Play a world to the bots from beginning to end."""
    settings = Settings() if settings is None else settings
    agenda = Agenda(START - BEFORE)
    latido = LatidoDriver(settings, history, agenda)
    proposal, events_only = ProposalCheck(history, agenda), EventsOnly(history)
    end = START + round(options.hours * HOUR) + _COMES_TO_REST
    calls = Calls(history, end)
    listeners: list[Listener] = [latido, proposal, events_only]
    gateway = Gateway(options, history, calls, faults, agenda, listeners)
    sources = Sources(options.seed, history, calls, faults, gateway)
    latido.attach(gateway, sources)
    proposal.attach(gateway)
    agenda.run_until(end)
    gateway.close(end)
    return Run(
        options=options,
        settings=settings,
        history=history,
        oracle=Oracle(history, (START - BEFORE, end), settings.party_min_players),
        faults=faults,
        gateway=gateway,
        sources=sources,
        latido=latido,
        proposal=proposal,
        events_only=events_only,
        end=end,
    )

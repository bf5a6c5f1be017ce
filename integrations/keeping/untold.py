"""What is told once all that it tells of is durable: lines of the log, and the bot's events."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from integrations.keeping.waiting import Waiting
from integrations.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from machines import BotEvent, Player, SavedLine

__all__ = ["Untold"]

_numbers = count()


class Untold:
    """Lines and events, each kind in the order in which they came.

    Attributes:
        lines: of the log.
        events: of the bot.
    """

    def __init__(self) -> None:
        """Have nothing to tell."""
        self.lines: Waiting[SavedLine] = Waiting()
        self.events: Waiting[BotEvent] = Waiting()

    def __bool__(self) -> bool:
        """Return whether there is anything to tell."""
        return bool(self.lines or self.events)

    def add_line(self, line: SavedLine) -> None:
        """Let a line wait."""
        self.lines.add(next(_numbers), line)

    def add_event(self, event: BotEvent) -> None:
        """Let an event wait."""
        self.events.add(next(_numbers), event)

    def is_little(self, few: int) -> bool:
        """Return whether there are no more than ``few`` of each."""
        return len(self.lines) <= few and len(self.events) <= few

    def take(self) -> Untold:
        """Return all of it by itself; what comes from now on waits here."""
        taken = Untold()
        taken.lines, self.lines = self.lines, taken.lines
        taken.events, self.events = self.events, taken.events
        return taken

    def put_back(self, taken: Untold) -> None:
        """Keep what is not told yet, before what has come since."""
        taken.lines.extend(self.lines)
        taken.events.extend(self.events)
        self.lines, self.events = taken.lines, taken.events

    def say(self, write_line: Callable[[SavedLine], None]) -> None:
        """Write the lines at once, in whichever thread."""
        for line in self.lines.drain():
            write_line(line)

    def tell(self, tell_bot: Callable[[BotEvent], None]) -> None:
        """Tell the events at once."""
        for event in self.events.drain():
            tell_bot(event)

    async def tell_in_turns(
        self, write_line: Callable[[SavedLine], None], tell_bot: Callable[[BotEvent], None]
    ) -> list[Player]:
        """Write the lines and tell the events; return the players of parties that are over.

        There may be many, whom nobody holds any longer: they are to be let go of in turns.
        """
        async for line in in_turns(self.lines.drain()):
            write_line(line)
        players: list[Player] = []
        async for event in in_turns(self.events.drain()):
            tell_bot(event)
            if event.record is not None:
                players += event.record.players
        return players

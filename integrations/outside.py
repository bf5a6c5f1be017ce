"""The outside: what the engine asks for leaves here, first to what must survive.

The storekeeper comes first, so that nothing is lost whatever fails behind it; then whoever
watches the cog, and at last the notices and the log.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from integrations import logs
from machines import LogLine, NoticeDue, NoticeWithdrawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from discord.ext import commands

    from engine import Settings
    from integrations.evidence.check_figures import CheckFigures
    from integrations.keeping.storekeeper import Storekeeper
    from integrations.notices import Notices
    from integrations.observer import CogObserver
    from machines import BotEvent, Effect

__all__ = ["Outside"]

_faults = logging.getLogger("latido.integrations")


class Outside:
    """Carries effects out, in the order in which they are asked for.

    Attributes:
        observers: whoever watches; one that fails harms nobody else.
        storekeeper: takes what must survive; None until the data folder is open.
    """

    def __init__(
        self, bot: commands.Bot | commands.AutoShardedBot, settings: Settings, notices: Notices
    ) -> None:
        """Tell the listeners of ``bot``, and people by ``notices`` and in the log."""
        self._bot = bot
        self._settings = settings
        self.observers: list[CogObserver] = []
        self.storekeeper: Storekeeper | None = None
        self._tell: dict[type[Effect], Callable[[Any], None]] = {
            LogLine: self.write_line,
            NoticeDue: notices.take,
            NoticeWithdrawn: notices.take,
        }

    def take(self, effects: list[Effect]) -> None:
        """Carry out what a step asks for."""
        if self.storekeeper is not None:
            self.storekeeper.take(effects)
        if self.observers:
            self._tell_observers(lambda observer: observer.saw_effects(effects))
        for effect in effects:
            tell = self._tell.get(type(effect))
            if tell is not None:
                tell(effect)

    def tell_bot(self, event: BotEvent) -> None:
        """Tell the bot's own listeners of a session, once that is durable."""
        told = (event.session,) if event.record is None else (event.session, event.record)
        self._bot.dispatch(event.name, *told)

    def write_line(self, line: LogLine) -> None:
        """Write a line in the log, in whichever thread."""
        logs.write(line, self._settings.log_language, names=self._settings.log_names)

    def tell_of_check(self, figures: CheckFigures) -> None:
        """Tell whoever watches that a health check has come to its end."""
        self._tell_observers(lambda observer: observer.saw_check(figures))

    def _tell_observers(self, tell: Callable[[CogObserver], None]) -> None:
        for observer in self.observers:
            try:
                tell(observer)
            except Exception as error:  # noqa: BLE001 - it is not ours, and harms nobody else
                _faults.error("%r failed; all else goes on", observer, exc_info=error)

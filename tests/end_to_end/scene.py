"""A guild on the stand-in, and bots of discord.py that carry the cog."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from engine import Settings
from integrations.loopback.pointing import pointed_at
from latido import SessionCog
from persistence import HistoryFilter, LedgerReader, read_live

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from integrations.loopback import (
        Guild,
        Interval,
        LoopbackDiscord,
        Person,
        TextChannel,
        VoiceChannel,
        VoiceStay,
    )
    from machines import AnySession, Kind, Record

QUICK: dict[str, Any] = {
    "announce_after": 0.05,
    "confirm_after": 0.15,
    "voice_grace": 0,
    "game_grace": 0,
    "party_grace": 0,
    "event_delay": 0.1,
    "heartbeat_every": 0.1,
    "channel_info": False,
    "audit_every": 0,
}
"""Delays that a test can wait for; the health check keeps its ten minutes."""

CHECKING: dict[str, Any] = {**QUICK, "health_check_every": 0.2}
"""The same, with a health check that comes at once."""


@dataclass
class Told:
    """What a bot's listeners were told of a session, and what was on disk by then."""

    event: str
    kind: Kind
    user_id: int | None
    session_id: str
    record: Record | None
    in_ledger: bool
    in_snapshot: bool


class Carrier(commands.Bot):
    """A bot with the cog in it, that identifies without delay and remembers what it is told."""

    def __init__(self, cog_settings: Settings, data_dir: Path, **options: Any) -> None:  # noqa: ANN401 (discord.py's options)
        self.told: list[Told] = []
        self.events: list[str] = []
        self.data_dir = data_dir
        options.setdefault("intents", discord.Intents.all())
        options.setdefault("enable_raw_presences", True)
        super().__init__(command_prefix="!", guild_ready_timeout=0.05, **options)
        self.cog = SessionCog(self, cog_settings, data_dir=data_dir)
        self.adds_cog_itself = True

    async def setup_hook(self) -> None:
        if self.adds_cog_itself:
            await self.add_cog(self.cog)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (as there)
        self.events.append(event)
        if event.startswith("session_"):
            self.told.append(self._noted(event, *args))
        super().dispatch(event, *args, **kwargs)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Not discord.py's five seconds before a second IDENTIFY."""

    def _noted(self, event: str, session: AnySession, record: Record | None = None) -> Told:
        live = {held.id for held in read_live(self.data_dir).state.sessions}
        return Told(
            event=event.removeprefix("session_"),
            kind=session.kind,
            user_id=getattr(session, "user_id", None),
            session_id=session.id,
            record=record,
            in_ledger=bool(self.cog.ledger.contains([session.id])),
            in_snapshot=session.id in live,
        )

    def heard(self, event: str, user: Person | None = None) -> list[Told]:
        """What was told under one name, of one person or of all."""
        return [
            told
            for told in self.told
            if told.event == event and (user is None or told.user_id == user.id)
        ]


class ShardedCarrier(Carrier, commands.AutoShardedBot):
    """The same on several connections."""


@dataclass
class Scene:
    """A guild with voice channels, a text channel and three people; and a data folder."""

    discord: LoopbackDiscord
    data_dir: Path
    plaza: Guild
    general: VoiceChannel
    sala: VoiceChannel
    chat: TextChannel
    pino: Person
    agu: Person
    zeta: Person
    settings: dict[str, Any] = field(default_factory=lambda: dict(QUICK))

    @asynccontextmanager
    async def bot(
        self,
        make: type[Carrier] = Carrier,
        *,
        options: dict[str, Any] | None = None,
        **settings: Any,  # noqa: ANN401 (settings are of many types)
    ) -> AsyncIterator[Carrier]:
        """A bot that is ready, with the settings of the scene and these; closed at the end."""
        merged = Settings(**{**self.settings, **settings})
        bot = make(merged, self.data_dir, **(options or {}))
        async with self.running(bot):
            yield bot

    @asynccontextmanager
    async def running(self, bot: Carrier) -> AsyncIterator[None]:
        """Run a bot from ready to closed."""
        with pointed_at(self.discord.api_url):
            task = asyncio.create_task(bot.start(self.discord.token))
            try:
                await self.until(lambda: task.done() or bot.is_ready())
                if task.done():
                    task.result()
                yield
            finally:
                await bot.close()
                await asyncio.gather(task, return_exceptions=True)

    @asynccontextmanager
    async def cog_alone(self) -> AsyncIterator[SessionCog]:
        """A cog that is loaded in a bot which never connects, and unloaded at the end."""
        bot = Carrier(Settings(**self.settings), self.data_dir)
        async with bot:
            await bot.add_cog(bot.cog)
            yield bot.cog

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something is true, however busy the machine is."""
        await self.discord.until(happened)

    async def heard(self) -> None:
        """Wait until the bot has read what it was sent: from then on it is known how late it was.

        To be called right after what a record is compared with.
        """
        await self.discord.heard()

    # What is on disk

    def records(self, kind: Kind | None = None, *, user: Person | None = None) -> list[Record]:
        """The ledger, oldest end first."""
        wanted = HistoryFilter(kind=kind, user_id=None if user is None else user.id)
        return list(LedgerReader(self.data_dir).history(wanted))

    def live(self, kind: Kind | None = None) -> list[AnySession]:
        """The snapshot's sessions."""
        sessions = read_live(self.data_dir).state.sessions
        return [session for session in sessions if kind in {None, session.kind}]

    async def recorded(
        self, count: int = 1, kind: Kind | None = None, *, user: Person | None = None
    ) -> list[Record]:
        """Wait until the ledger holds so many records; return them."""
        await self.until(lambda: len(self.records(kind, user=user)) >= count)
        found = self.records(kind, user=user)
        assert len(found) == count, found
        return found

    async def kept(self, count: int = 1, kind: Kind | None = None) -> list[AnySession]:
        """Wait until the snapshot holds so many sessions; return them."""
        await self.until(lambda: len(self.live(kind)) == count)
        return self.live(kind)

    # What was true

    def last_stay(self, person_id: int | None) -> VoiceStay:
        """The last stay in voice of a person."""
        return self.discord.truth.voice_stays(user_id=person_id)[-1]

    def is_as_long_as(self, record: Record, *really: VoiceStay | Interval) -> None:
        """See that a record is as long as what really was, but for how late the bot heard of it.

        Each ``really`` has a beginning and an end that the bot has heard of.
        """
        late = len(really) * self.discord.lateness(really[0].start)
        truth = sum(each.seconds(self.now()) for each in really)
        said = f"{record.seconds} s, really {truth} s, heard {late} s late"
        assert abs(record.seconds - truth) <= late, said

    def admits(self, record: Record, really: VoiceStay | Interval) -> None:
        """See that a record is as long as what really was, but for what it says is uncertain.

        And but for how late the bot heard of it, which may be more than ``event_delay``.
        """
        uncertain = record.uncertain_seconds
        assert uncertain is not None
        late = self.discord.lateness(really.start)
        truth = really.seconds(self.now())
        said = f"{record.seconds} ± {uncertain} s, really {truth} s, heard {late} s late"
        assert abs(record.seconds - truth) <= uncertain + late, said

    def joined_at(self, person: Person) -> float:
        """When that stay really began, as a Unix time."""
        return self.last_stay(person.id).start.timestamp()

    def now(self) -> datetime:
        """The stand-in's present."""
        return self.discord.world.now()

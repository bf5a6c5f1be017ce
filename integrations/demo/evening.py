"""The evening that the demo plays, scene by scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from integrations.demo.chat import Chat
from integrations.demo.processes import Bots, DemoError
from integrations.demo.story_clock import StoryClock

if TYPE_CHECKING:
    from pathlib import Path

    from integrations.demo.narrator import Narrator
    from integrations.loopback import LoopbackDiscord
    from integrations.loopback.people import Person
    from integrations.loopback.places import VoiceChannel
    from integrations.words.wording import Value

__all__ = [
    "AS_BY_DEFAULT",
    "CHECK_EVERY",
    "CONFIRM_AFTER",
    "EVENT_DELAY",
    "GRACE",
    "OF_ITS_OWN",
    "Evening",
]

CHECK_EVERY, CONFIRM_AFTER, GRACE = 10, 4, 3

AS_BY_DEFAULT: dict[str, float] = {
    "health_check_every": CHECK_EVERY,
    "heartbeat_every": 0.5,
    "voice_grace": 1,
    "voice_cooldown": 20,
    "game_cooldown": 30,
    "party_cooldown": 60,
}
"""Settings that in minutes of the evening are what they are by default."""

OF_ITS_OWN: dict[str, float] = {
    "announce_after": 1,
    "confirm_after": CONFIRM_AFTER,
    "game_grace": GRACE,
    "party_grace": GRACE,
}
"""Settings that are not, so that an evening has room for them; in its minutes as well."""

EVENT_DELAY = 0.5
"""How long an event may be on its way, in seconds: real sockets know no other clock."""

_PATIENCE = 10.0

_UP_TO_THE_PARTY = 7
"""Notices: three people in voice, the same three with a game, and their party."""

VALORANT = 700136079562375258
"""The game's application id, which Discord sends along."""


class Evening:
    """One evening of three people, and of the two bots that count their time."""

    def __init__(
        self, discord: LoopbackDiscord, narrator: Narrator, folder: Path, pace: float
    ) -> None:
        """Set the stage; nobody is there yet.

        Args:
            discord: the stand-in to play on.
            narrator: says what happens.
            folder: the bots' files.
            pace: seconds a minute of the evening takes.
        """
        self.guild = discord.add_guild("Plaza")
        self.general = self.guild.add_voice_channel("General")
        self.sala = self.guild.add_voice_channel("Sala")
        self.notices = self.guild.add_text_channel(narrator.tell("place.notices"))
        self.chat = Chat(discord, self.notices, narrator)
        self.pino = discord.add_user("Pino", self.guild)
        self.agu = discord.add_user("agu", self.guild)
        self.zeta = discord.add_user("Zeta", self.guild)
        self.pace = pace
        self.bots = Bots(discord, folder, self._settings(), narrator.language, narrator.log)
        self._discord = discord
        self._narrator = narrator
        self._clock = StoryClock(pace)
        self._joined: dict[Person, str] = {}

    def _settings(self) -> dict[str, str]:
        minutes = AS_BY_DEFAULT | OF_ITS_OWN
        settings = {
            f"LATIDO_{name.upper()}": str(count * self.pace) for name, count in minutes.items()
        }
        return settings | {
            "LATIDO_EVENT_DELAY": str(EVENT_DELAY),
            "LATIDO_NOTIFY_CHANNEL_ID": str(self.notices.id),
        }

    async def play(self) -> None:
        """Play it from the first bot's start to the last one's end.

        Raises:
            DemoError: a bot did not do what the script waits for.
        """
        self._narrator.says("opening.starting")
        await self.bots.start()
        await self.bots.hear("run.ready", name="Latido", guilds=1)
        pid, rival_pid = self.bots.pids
        self._narrator.says("opening.started", pid=pid, rival_pid=rival_pid)
        self._clock = StoryClock(self.pace)
        await self._ordinary()
        await self._event_lost()
        await self._outage()
        await self._killed()
        await self._end()

    async def _ordinary(self) -> None:
        await self._at(1)
        self._narrator.scene("ordinary.title")
        self._joins(self.pino, self.general)
        await self.bots.hear("check.activated")
        self._means("ordinary.check", check=CHECK_EVERY)
        await self._at(3)
        self._joins(self.zeta, self.general)
        await self._shown("posted", 2)
        self.zeta.leaves()
        self._happens("ordinary.leaves_early", who="Zeta")
        await self._shown("deleted", 1)
        self._means("ordinary.too_short", confirm=CONFIRM_AFTER)
        await self._at(6)
        self.pino.mutes()
        self._happens("ordinary.mutes", who="Pino")
        await self._at(7)
        self.pino.moves(self.sala)
        self._happens("ordinary.moves", who="Pino", channel="Sala")
        self._means("ordinary.one_session", who="Pino", since=self._joined[self.pino])
        await self._at(8)
        self._joins(self.agu, self.sala)
        await self._party()

    async def _party(self) -> None:
        await self._at(10)
        self._plays(self.pino)
        await self._at(12)
        self._plays(self.agu)
        self._means("ordinary.party")
        await self._at(14)
        self._plays(self.zeta)
        await self._shown("posted", _UP_TO_THE_PARTY)
        self._means("ordinary.grown", players=3)
        await self._at(19)
        self._closes(self.zeta)
        await self._at(19 + GRACE + 0.5)
        self._means("ordinary.shrunk", who="Zeta", grace=GRACE)

    async def _event_lost(self) -> None:
        await self._at(24)
        self._narrator.scene("lost.title")
        self.agu.leaves(lost=True)
        self._happens("lost.leaves", who="agu")
        self._means("lost.why", who="agu")
        await self._at(27)
        self._joins(self.zeta, self.general)
        await self.bots.hear("orphaned.voice", username="agu", channel="Sala")
        await self.bots.hear("check.repaired", voice=1, games=0, parties=0)
        self._means("lost.found", who="agu")

    async def _outage(self) -> None:
        await self._at(35)
        self._narrator.scene("outage.title")
        self.guild.outage_begins()
        self._happens("outage.begins", guild="Plaza")
        await self.bots.hear("guild.unavailable", guild="Plaza")
        self._means("outage.unknown")
        await self._at(37)
        self.zeta.leaves()
        self._happens("outage.leaves", who="Zeta")
        await self._at(40)
        self.guild.outage_ends()
        self._happens("outage.ends", guild="Plaza")
        await self.bots.hear("orphaned.voice", username="Zeta", channel="General")
        await self._at(41)
        self._means("outage.compared", who="Zeta")
        await self._at(42)
        self.agu.joins(self.sala)
        self._happens("outage.comes_back", who="agu", channel="Sala")
        self.zeta.joins(self.general)
        self._happens("outage.comes_back", who="Zeta", channel="General")
        await self._at(44)
        self._means(
            "outage.one_notice",
            channel=self.notices.name,
            who="agu",
            other="Zeta",
            cooldown=AS_BY_DEFAULT["voice_cooldown"],
        )
        await self._at(47)
        self.agu.leaves()
        self._happens("outage.leaves_heard", who="agu")
        self._means("outage.rival", who="agu", since=self._joined[self.agu])

    async def _killed(self) -> None:
        await self._at(49)
        self._narrator.scene("kill.title")
        pid, rival_pid = self.bots.pids
        self._happens("kill.kills", pid=pid, rival_pid=rival_pid)
        await self.bots.kill()
        await self._at(51)
        self.zeta.leaves()
        self._happens("kill.leaves", who="Zeta")
        await self._at(52)
        self.zeta.plays("VALORANT", application_id=VALORANT)
        self._happens("kill.plays", who="Zeta", game="VALORANT")
        await self._at(54)
        self._happens("kill.restarts")
        await self.bots.start()
        await self.bots.hear("restored.voice", username="Pino", channel="Sala")
        await self.bots.hear("orphaned.voice", username="Zeta", channel="General")
        await self.bots.hear("recovered.game", username="Zeta", game="VALORANT", activity="playing")
        await self.bots.hear("run.ready", name="Latido", guilds=1)
        since = self._joined[self.pino]
        self._means("kill.connected")
        self._means("kill.restored", stayed="Pino", left="Zeta", since=since)
        self._means("kill.silent", channel=self.notices.name)
        self._means("kill.rival")

    async def _end(self) -> None:
        await self._at(60)
        self._narrator.scene("end.title")
        self._closes(self.zeta)
        await self._at(62)
        self._closes(self.agu)
        self._means("end.party_over")
        await self._at(63)
        self._closes(self.pino)
        await self._at(65)
        self.pino.leaves()
        self._happens("end.leaves", who="Pino")
        await self.bots.hear("check.deactivated")
        self._means("end.asleep")
        await self._at(68)
        self._happens("end.stops")
        status, took = await self.bots.stop()
        self._means("end.stopped", status=status, seconds=self._narrator.number(took))

    async def _shown(self, what: Literal["posted", "deleted"], count: int) -> None:
        shown = self.chat.posted if what == "posted" else self.chat.deleted
        try:
            await self._discord.until(lambda: len(shown) >= count, within=_PATIENCE)
        except TimeoutError as error:
            raise DemoError(self._narrator.tell(f"trouble.never_{what}")) from error

    async def _at(self, minute: float) -> None:
        await self._clock.reach(minute)

    def _joins(self, person: Person, channel: VoiceChannel) -> None:
        self._joined[person] = self._clock.label()
        person.joins(channel)
        self._happens("ordinary.joins", who=person.name, channel=channel.name)

    def _plays(self, person: Person) -> None:
        person.plays("VALORANT", application_id=VALORANT)
        self._happens("ordinary.plays", who=person.name, game="VALORANT")

    def _closes(self, person: Person) -> None:
        person.stops("VALORANT")
        self._happens("ordinary.closes", who=person.name, game="VALORANT")

    def _happens(self, key: str, /, **values: Value) -> None:
        self._narrator.happens(self._clock.label(), self._narrator.tell(key, **values))

    def _means(self, key: str, /, **values: Value) -> None:
        self._narrator.means(self._narrator.tell(key, **values))

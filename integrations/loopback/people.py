"""People, and what a script lets them do: be in voice, play, come and go."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

import msgspec

from integrations.loopback import payloads
from integrations.loopback.delivery import Fate
from integrations.loopback.voice import VoiceState, change_channel, publish_voice_state

if TYPE_CHECKING:
    from integrations.loopback.places import Guild, VoiceChannel
    from integrations.loopback.world import World

PLAYING, STREAMING, LISTENING, WATCHING, CUSTOM, COMPETING = range(6)
"""Discord's activity types (gateway events, "Activity Types")."""


class Activity(msgspec.Struct, eq=False):
    """Something a person is doing (gateway events, "Activity Object").

    Attributes:
        created_at: when Discord first saw it; set when the activity begins.
        started_at: ``timestamps.start``, which the game sets; None sends none.
        extra: further fields, sent as they are.
    """

    name: str
    type: int = PLAYING
    application_id: int | None = None
    started_at: datetime | None = None
    created_at: datetime | None = None
    details: str | None = None
    state: str | None = None
    url: str | None = None
    extra: dict[str, object] = {}
    number: int = 0


class NotInVoiceError(RuntimeError):
    """A script moves or mutes someone who is not in voice; let the person join first."""


class UnnamedActivityError(ValueError):
    """A script has somebody do what has no name; name it, or end what they do with ``stops``."""


class Person:
    """A user, human or bot, with a status, activities and a place in voice.

    Every action takes the keywords of :class:`~integrations.loopback.delivery.Fate`, which say
    what becomes of the events: ``pino.leaves(lost=True)``, ``pino.plays("Tetris", late=2.0)``.

    Attributes:
        status: "online", "idle", "dnd" or "offline".
        activities: what the person is doing, in all guilds at once.
    """

    def __init__(self, world: "World", name: str, user_id: int, *, bot: bool = False) -> None:
        self.id = user_id
        self.name = name
        self.bot = bot
        self.status = "online"
        self.activities: list[Activity] = []
        self._world = world

    def __repr__(self) -> str:
        return f"<Person {self.name!r} {self.id}>"

    @property
    def guilds(self) -> "list[Guild]":
        """The guilds of which the person is a member."""
        return [guild for guild in self._world.guilds.values() if self.id in guild.members]

    # In voice

    def joins(
        self,
        channel: "VoiceChannel",
        *,
        start_time_lost: bool | None = None,
        **fate: Unpack[Fate],
    ) -> None:
        """Join a voice channel; a human leaves the one of another guild, as on Discord.

        Args:
            channel: where to.
            start_time_lost: whether the event that a call began is lost; None: with the join.
            fate: what becomes of the join.

        Raises:
            KeyError: the person is no member of the channel's guild.
        """
        guild = channel.guild
        guild.members[self.id]
        for other in self.guilds:
            if other is not guild and self.id in other.voice_states and not self.bot:
                change_channel(other, self, None, fate)
        change_channel(guild, self, channel, fate, start_time_lost=start_time_lost)

    def moves(
        self,
        channel: "VoiceChannel",
        *,
        start_time_lost: bool | None = None,
        **fate: Unpack[Fate],
    ) -> None:
        """Move to another channel of the same guild; the voice session stays the same.

        Raises:
            NotInVoiceError: the person is not in voice in that guild.
        """
        self._voice_state(channel.guild)
        change_channel(channel.guild, self, channel, fate, start_time_lost=start_time_lost)

    def leaves(self, *, start_time_lost: bool | None = None, **fate: Unpack[Fate]) -> None:
        """Leave voice.

        Args:
            start_time_lost: whether the event that a call ended is lost; None: with the leave.
            fate: what becomes of the leave.

        Raises:
            NotInVoiceError: the person is not in voice.
        """
        for guild in self._voice_guilds():
            change_channel(guild, self, None, fate, start_time_lost=start_time_lost)

    def mutes(self, muted: bool = True, **fate: Unpack[Fate]) -> None:
        """Mute or unmute the own microphone."""
        for guild in self._voice_guilds():
            self._voice_state(guild).self_mute = muted
            publish_voice_state(guild, self, fate)

    def deafens(self, deaf: bool = True, **fate: Unpack[Fate]) -> None:
        """Deafen or undeafen oneself."""
        for guild in self._voice_guilds():
            self._voice_state(guild).self_deaf = deaf
            publish_voice_state(guild, self, fate)

    def shares(self, *, video: bool = False, stream: bool = False, **fate: Unpack[Fate]) -> None:
        """Turn camera and screen sharing on or off."""
        for guild in self._voice_guilds():
            state = self._voice_state(guild)
            state.self_video, state.self_stream = video, stream
            publish_voice_state(guild, self, fate)

    def changes_device(self, **fate: Unpack[Fate]) -> None:
        """Go on in the same channel from another device: a new voice session, and no leave."""
        for guild in self._voice_guilds():
            self._voice_state(guild).session_id = f"{self._world.number():032x}"
            publish_voice_state(guild, self, fate)

    def voice_is_repeated(self, **fate: Unpack[Fate]) -> None:
        """Discord sends the person's voice state once more, though nothing changed."""
        for guild in self._voice_guilds():
            publish_voice_state(guild, self, fate)

    # Activities

    def plays(
        self,
        name: str,
        *,
        application_id: int | None = None,
        started_at: datetime | None = None,
        **fate: Unpack[Fate],
    ) -> Activity:
        """Begin a game, beside whatever else is going on.

        Args:
            name: the game's name.
            application_id: its application.
            started_at: ``timestamps.start``; None: now.
            fate: what becomes of the presence.

        Raises:
            UnnamedActivityError: the game has no name.
        """
        begun = started_at or self._world.now()
        activity = Activity(name, PLAYING, application_id=application_id, started_at=begun)
        self.does([*self.activities, activity], **fate)
        return activity

    def streams(self, game: str, *, title: str = "Live", **fate: Unpack[Fate]) -> Activity:
        """Begin to stream a game (an activity of type 1, whose ``state`` is the game).

        Raises:
            UnnamedActivityError: the game has no name.
        """
        self._check_named(game)
        activity = Activity(
            "Twitch", STREAMING, details=title, state=game, url="https://twitch.tv/latido"
        )
        self.does([*self.activities, activity], **fate)
        return activity

    def listens(self, title: str, *, artist: str = "", **fate: Unpack[Fate]) -> Activity:
        """Begin to listen to a track on Spotify (an activity of type 2)."""
        activity = Activity(
            "Spotify",
            LISTENING,
            started_at=self._world.now(),
            details=title,
            state=artist,
            extra={
                "id": "spotify:1",
                "sync_id": f"{self._world.number():022x}",
                "session_id": f"{self._world.number():032x}",
                "flags": 48,
            },
        )
        others = [other for other in self.activities if other.type != LISTENING]
        self.does([*others, activity], **fate)
        return activity

    def says(self, text: str, **fate: Unpack[Fate]) -> Activity:
        """Set a custom status (an activity of type 4)."""
        activity = Activity("Custom Status", CUSTOM, state=text, extra={"id": "custom"})
        self.does([*[a for a in self.activities if a.type != CUSTOM], activity], **fate)
        return activity

    def stops(self, what: str | Activity | None = None, **fate: Unpack[Fate]) -> None:
        """End an activity, by name or itself; None: all of them."""
        kept = [a for a in self.activities if what is not None and what not in {a.name, a}]
        self.does(kept, **fate)

    stops_playing = stops

    def does(self, activities: Sequence[Activity], **fate: Unpack[Fate]) -> None:
        """Do exactly these activities; what is not among them ends, what is new begins now.

        Raises:
            UnnamedActivityError: one has no name.
        """
        for activity in activities:
            self._check_named(activity.name)
        before = self.activities
        now = self._world.now()
        for activity in activities:
            if activity not in before:
                activity.created_at = now
                activity.number = self._world.number()
        self.activities = list(activities)
        for guild in self.guilds:
            self._end_games(guild, [a for a in before if a not in activities], now)
            self._begin_games(guild, [a for a in activities if a not in before], now)
        self._publish_presence(fate, now)

    def _check_named(self, name: str) -> None:
        if not name:  # also None, where nobody checks types
            raise UnnamedActivityError(
                f"{self.name} cannot begin anything without a name; name it, or call stops() to "
                "end what they are doing"
            )

    # Coming and going

    def goes_offline(self, **fate: Unpack[Fate]) -> None:
        """Go offline: all activities end (voice is left with ``leaves``)."""
        self.status = "offline"
        self.does([], **fate)

    def comes_online(self, status: str = "online", **fate: Unpack[Fate]) -> None:
        """Be online, idle or dnd."""
        self.status = status
        self._publish_presence(fate)

    def presence_is_repeated(self, **fate: Unpack[Fate]) -> None:
        """Discord sends the person's presence once more, though nothing changed."""
        self._publish_presence(fate)

    def enters(self, guild: "Guild") -> None:
        """Be a member of a guild from now on, with what one is doing (see ``add_member``)."""
        self._begin_games(guild, self.activities, self._world.now())

    def leaves_guild(self, guild: "Guild") -> None:
        """Be no member any more (see ``remove_member``)."""
        self._end_games(guild, self.activities, self._world.now())

    def _begin_games(self, guild: "Guild", games: Iterable[Activity], at: datetime) -> None:
        for a in games:
            key = (guild.id, self.id, a.number)
            self._world.truth.game_began(key, a.name, a.application_id, a.type, at)

    def _end_games(self, guild: "Guild", games: Iterable[Activity], at: datetime) -> None:
        for a in games:
            self._world.truth.game_ended((guild.id, self.id, a.number), at)

    def _publish_presence(self, fate: Fate, at: datetime | None = None) -> None:
        for guild in self.guilds:
            body = payloads.presence(guild, self)
            self._world.publish("PRESENCE_UPDATE", guild.id, body, fate, at)

    def _voice_guilds(self) -> "list[Guild]":
        guilds = [guild for guild in self.guilds if self.id in guild.voice_states]
        if not guilds:
            raise NotInVoiceError(f"{self.name} is not in voice; let them join a channel first")
        return guilds

    def _voice_state(self, guild: "Guild") -> VoiceState:
        state = guild.voice_states.get(self.id)
        if state is None:
            raise NotInVoiceError(f"{self.name} is not in voice in {guild.name}; let them join")
        return state

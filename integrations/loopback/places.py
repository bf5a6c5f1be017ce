"""Guilds and their channels, and what a script can do to them."""

from datetime import datetime
from typing import TYPE_CHECKING, Unpack

import msgspec

from integrations.loopback import payloads
from integrations.loopback.delivery import Event, Fate, JsonObject
from integrations.loopback.voice import VoiceState, change_channel

if TYPE_CHECKING:
    from integrations.loopback.people import Person
    from integrations.loopback.world import World


class Channel:
    """What text and voice channels share.

    Attributes:
        can_view: whether the bot sees the channel; otherwise REST answers 50001.
        can_send: whether the bot may write in it; otherwise REST answers 50013.
        can_connect: whether the bot may connect to it; where not, REST does not tell who is
            in it (50013).
    """

    type = 0
    is_voice = False

    def __init__(self, guild: "Guild", name: str, channel_id: int) -> None:
        self.id = channel_id
        self.guild = guild
        self.name = name
        self.can_view = True
        self.can_send = True
        self.can_connect = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.id}>"

    def allows(
        self, *, view: bool = True, send: bool = True, connect: bool = True, **fate: Unpack[Fate]
    ) -> None:
        """Set what the bot may do here; without arguments, everything again."""
        self.can_view, self.can_send, self.can_connect = view, send, connect
        world = self.guild.world
        world.publish("CHANNEL_UPDATE", self.guild.id, payloads.channel(self), fate)

    def is_deleted(self, *, voice_events: bool = False, **fate: Unpack[Fate]) -> None:
        """Delete the channel (CHANNEL_DELETE); whoever is in it is in voice no more.

        Args:
            voice_events: whether the voice states that end with it are sent as events too,
                before the deletion. Without, the harder case, the deletion is all that is sent.
            fate: what becomes of the deletion.
        """
        guild = self.guild
        now = guild.world.now()
        for state in [s for s in guild.voice_states.values() if s.channel_id == self.id]:
            person = guild.world.people[state.user_id]
            change_channel(guild, person, None, {} if voice_events else {"lost": True})
        body = payloads.channel(self)
        del guild.channels[self.id]
        if guild.afk_channel is self:
            guild.afk_channel = None
        guild.world.publish("CHANNEL_DELETE", guild.id, body, fate, now)


class TextChannel(Channel):
    """A text channel."""


class VoiceChannel(Channel):
    """A voice channel.

    Attributes:
        call_started_at: when the first of those in it joined the empty channel; None while
            nobody is in it.
    """

    type = 2
    is_voice = True

    def __init__(self, guild: "Guild", name: str, channel_id: int) -> None:
        super().__init__(guild, name, channel_id)
        self.call_started_at: datetime | None = None

    @property
    def people(self) -> "list[Person]":
        """Who is in it."""
        people = self.guild.world.people
        states = self.guild.voice_states.values()
        return [people[state.user_id] for state in states if state.channel_id == self.id]


class Member(msgspec.Struct, eq=False):
    """A person's membership in one guild."""

    user_id: int
    joined_at: datetime
    nick: str | None = None
    role_ids: list[int] = []


class Role(msgspec.Struct, eq=False):
    """A role of a guild."""

    id: int
    name: str


class Guild:
    """A guild and all that is in it.

    Attributes:
        has_bot: whether the bot is a member.
        out: whether it is unavailable because of an outage.
        rest_answers: whether REST routes about it answer while it is out.
        member_count: what Discord says the number of members is; None says the real number.
            A large figure makes a guild large without the people.
        afk_channel: where idle people are moved to.
    """

    def __init__(self, world: "World", name: str, guild_id: int) -> None:
        self.id = guild_id
        self.name = name
        self.world = world
        self.has_bot = True
        self.out = False
        self.rest_answers = True
        self.member_count: int | None = None
        self.created_at = world.now()
        self.members: dict[int, Member] = {}
        self.roles: dict[int, Role] = {}
        self.channels: dict[int, TextChannel | VoiceChannel] = {}
        self.voice_states: dict[int, VoiceState] = {}
        self.afk_channel: VoiceChannel | None = None

    def __repr__(self) -> str:
        return f"<Guild {self.name!r} {self.id}>"

    @property
    def voice_channels(self) -> dict[int, VoiceChannel]:
        """The voice channels by id."""
        return {c.id: c for c in self.channels.values() if isinstance(c, VoiceChannel)}

    def add_voice_channel(self, name: str, *, afk: bool = False) -> VoiceChannel:
        """A new voice channel; with ``afk`` the one for idle people."""
        channel = VoiceChannel(self, name, self.world.snowflakes.place())
        if afk:
            self.afk_channel = channel
        self._add(channel)
        return channel

    def add_text_channel(self, name: str) -> TextChannel:
        """A new text channel."""
        channel = TextChannel(self, name, self.world.snowflakes.place())
        self._add(channel)
        return channel

    def add_role(self, name: str) -> Role:
        """A new role."""
        role = Role(self.world.snowflakes.place(), name)
        self.roles[role.id] = role
        body: JsonObject = {"guild_id": str(self.id), "role": payloads.role(role)}
        self.world.publish("GUILD_ROLE_CREATE", self.id, body)
        return role

    def add_member(
        self, person: "Person", *, nick: str | None = None, roles: list[Role] | None = None
    ) -> None:
        """Let a person in."""
        role_ids = [role.id for role in roles or []]
        self.members[person.id] = Member(person.id, self.world.now(), nick, role_ids)
        person.enters(self)
        body = {**payloads.member(self, person), "guild_id": str(self.id)}
        self.world.publish("GUILD_MEMBER_ADD", self.id, body)

    def change_member(
        self,
        person: "Person",
        *,
        nick: str | None = None,
        roles: list[Role] | None = None,
        **fate: Unpack[Fate],
    ) -> None:
        """Give a member another nickname and other roles."""
        member = self.members[person.id]
        member.nick = nick
        member.role_ids = [role.id for role in roles or []]
        body = {**payloads.member(self, person), "guild_id": str(self.id)}
        self.world.publish("GUILD_MEMBER_UPDATE", self.id, body, fate)

    def remove_member(
        self, person: "Person", *, voice_event: bool = False, **fate: Unpack[Fate]
    ) -> None:
        """Take a person out (GUILD_MEMBER_REMOVE): their stay and their games end here.

        Args:
            person: who.
            voice_event: whether the end of their voice state is sent as an event too, before
                the removal. Without, the harder case, the removal is all that is sent.
            fate: what becomes of the removal.
        """
        now = self.world.now()
        if person.id in self.voice_states:
            change_channel(self, person, None, {} if voice_event else {"lost": True})
        person.leaves_guild(self)
        del self.members[person.id]
        body: JsonObject = {"guild_id": str(self.id), "user": payloads.user(person)}
        self.world.publish("GUILD_MEMBER_REMOVE", self.id, body, fate, now)

    def outage_begins(self, *, rest_answers: bool = True, **fate: Unpack[Fate]) -> None:
        """Make the guild unavailable: from now on nothing that happens in it is sent.

        Args:
            rest_answers: whether REST routes of this guild answer meanwhile; otherwise 503.
            fate: what becomes of the GUILD_DELETE that says so.
        """
        body = payloads.unavailable_guild(self)
        self.world.publish("GUILD_DELETE", self.id, body, fate)
        self.out = True
        self.rest_answers = rest_answers

    def outage_ends(self, **fate: Unpack[Fate]) -> None:
        """Make the guild available again: a GUILD_CREATE says how things are now."""
        self.out = False
        self.rest_answers = True
        self._publish_create(fate, joined=False)

    def removes_bot(self, **fate: Unpack[Fate]) -> None:
        """Take the bot out of the guild (GUILD_DELETE without ``unavailable``)."""
        self.has_bot = False
        event = Event("GUILD_DELETE", self.id, {"id": str(self.id)}, self.world.now())
        self.world.post.send(event, fate)

    def adds_bot(self, **fate: Unpack[Fate]) -> None:
        """Let the bot in, again: a GUILD_CREATE of a guild that was joined."""
        self.has_bot = True
        self._publish_create(fate, joined=True)

    def welcomes_bot(self) -> None:
        """Let the bot into a new guild; one that is connected gets a GUILD_CREATE."""
        bot = self.world.bot
        self.members[bot.id] = Member(bot.id, self.world.now())
        self._publish_create({}, joined=True)

    def _publish_create(self, fate: Fate, *, joined: bool) -> None:
        self.world.publish(
            "GUILD_CREATE",
            self.id,
            lambda viewer: payloads.guild_create(self, viewer, joined=joined),
            fate,
        )

    def _add(self, channel: TextChannel | VoiceChannel) -> None:
        self.channels[channel.id] = channel
        self.world.publish("CHANNEL_CREATE", self.id, payloads.channel(channel))

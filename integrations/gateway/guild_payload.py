"""The payload of GUILD_CREATE, typed: who is in voice and who plays what, at that instant.

discord.py keeps the voice states it had across an outage of the guild
(``Guild._from_data`` adds, it does not clear), so its cache may hold people who have left;
the payload itself does not. Source of the fields: Discord's documentation, "Guild Create"
and "Guild Object".
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from engine import Channel, GuildReport, PresenceObserved, VoiceObserved
from integrations.gateway.activities import ActivityPart, listed
from integrations.gateway.hears import HEARS_ALL
from machines import Snowflake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import discord

    from integrations.gateway.admission import Admission
    from integrations.gateway.hears import Hears
    from machines import Instant, Source

__all__ = [
    "GuildFacts",
    "GuildPayload",
    "MemberPart",
    "PeopleSeen",
    "PresencePart",
    "Sight",
    "VoicePart",
    "VoiceUpdate",
    "details_of",
    "hold_cached_ids",
    "lists_all_presences",
    "members_of",
    "people_listed",
    "people_of",
    "report_of",
]

PRESENCES_UP_TO = 75_000
"""Above so many members GUILD_CREATE has presences of people in voice only (Discord's
documentation, "Guild Create")."""


def lists_all_presences(member_count: int) -> bool:
    """Return whether, of a guild of so many, whoever comes without a presence plays nothing."""
    return member_count <= PRESENCES_UP_TO


class UserPart(msgspec.Struct, gc=False, omit_defaults=True):
    """Of a user: the id and what people call them."""

    id: Snowflake
    username: str = ""
    global_name: str | None = None
    bot: bool = False


class MemberPart(msgspec.Struct, gc=False, omit_defaults=True):
    """Of a member: the name in this guild and the roles."""

    user: UserPart | None = None
    nick: str | None = None
    roles: tuple[Snowflake, ...] = ()

    @property
    def name(self) -> str:
        """The name that people see in this guild."""
        if self.user is None:
            return self.nick or ""
        return self.nick or self.user.global_name or self.user.username


class ChannelPart(msgspec.Struct, gc=False):
    """Of a channel: its id and name."""

    id: Snowflake
    name: str | None = None


class VoicePart(msgspec.Struct, gc=False):
    """Of a voice state: who, in which channel, and what tells one event from the next."""

    user_id: Snowflake
    channel_id: Snowflake | None = None
    member: MemberPart | None = None
    session_id: str | None = None
    deaf: bool = False
    mute: bool = False
    self_deaf: bool = False
    self_mute: bool = False
    self_stream: bool = False
    self_video: bool = False
    suppress: bool = False
    request_to_speak_timestamp: str | None = None

    @property
    def details(self) -> int | tuple[int, str]:
        """Everything but the person, the channel and the connection."""
        flags = _bits(
            self.deaf,
            self.mute,
            self.self_deaf,
            self.self_mute,
            self.self_video,
            self.suppress,
            self.self_stream,
        )
        asked = self.request_to_speak_timestamp
        return flags if asked is None else (flags, asked)


_SWITCHES = itemgetter("deaf", "mute", "self_deaf", "self_mute", "self_video", "suppress")


@lru_cache(maxsize=128)
def _bits(*switches: bool) -> int:
    """Return a bit for each switch: it is kept for everybody in voice, and must be small."""
    return sum(1 << number for number, is_on in enumerate(switches) if is_on)


def details_of(data: Mapping[str, Any]) -> int | tuple[int, str]:
    """Return :attr:`VoicePart.details` of a payload that is not decoded.

    Raises:
        KeyError: a field is missing that Discord always sends.
    """
    flags = _bits(*_SWITCHES(data), data.get("self_stream", False))
    asked = data.get("request_to_speak_timestamp")
    return flags if asked is None else (flags, asked)


class VoiceUpdate(VoicePart, kw_only=True, gc=False):
    """Of a VOICE_STATE_UPDATE: a voice state, its guild, and the channel before it.

    ``was_in`` is not Discord's: it is what discord.py had cached before the update.
    """

    guild_id: Snowflake | None = None
    was_in: int | None = None


class PresenceUserPart(msgspec.Struct, gc=False):
    """Of the user of a presence, the id; the rest may be missing."""

    id: Snowflake


class PresencePart(msgspec.Struct, gc=False):
    """Of a presence: who, and their activities."""

    user: PresenceUserPart
    activities: tuple[ActivityPart, ...] = ()


def hold_cached_ids(part: VoicePart | PresencePart, guild: discord.Guild | None) -> None:
    """Let what is said of somebody have discord.py's own numbers of them and of their channel.

    Each that is decoded is another one, though equal; and they are held for as long as somebody is
    in voice, or plays.
    """
    if guild is None:
        return
    if isinstance(part, PresencePart):
        part.user.id = _cached_id(guild.get_member(part.user.id), part.user.id)
        return
    part.user_id = _cached_id(guild.get_member(part.user_id), part.user_id)
    if part.channel_id is not None:
        part.channel_id = _cached_id(guild.get_channel(part.channel_id), part.channel_id)


def _cached_id(cached: discord.abc.Snowflake | None, decoded: int) -> int:
    return decoded if cached is None else cached.id


class GuildFacts(msgspec.Struct):
    """Of a GUILD_CREATE: the guild itself."""

    id: Snowflake
    unavailable: bool | None = None
    member_count: int = 0
    afk_channel_id: Snowflake | None = None
    channels: list[ChannelPart] = msgspec.field(default_factory=list)

    @property
    def lists_all_presences(self) -> bool:
        """Whether whoever has no presence plays nothing."""
        return lists_all_presences(self.member_count)


class GuildPayload(GuildFacts):
    """Of a GUILD_CREATE: what sessions depend on."""

    members: list[MemberPart] = msgspec.field(default_factory=list)
    voice_states: list[VoicePart] = msgspec.field(default_factory=list)
    presences: list[PresencePart] = msgspec.field(default_factory=list)


def people_listed(data: Mapping[str, Any]) -> Iterator[int]:
    """Yield the ids of the people whom a GUILD_CREATE lists anywhere, some of them twice.

    What is odd is passed over: whoever reads the payload says so.
    """
    for name in ("voice_states", "members", "presences"):
        for each in _list_in(data, name):
            try:
                yield int(each["user_id"] if name == "voice_states" else each["user"]["id"])
            except (KeyError, TypeError, ValueError):
                continue


def _list_in(data: Mapping[str, Any], name: str) -> list[Any]:
    listed = data.get(name)
    return listed if isinstance(listed, list) else []


def report_of(
    payload: GuildPayload,
    admission: Admission,
    at: Instant,
    *,
    source: Source = "guild_create",
    asked_at: Instant | None = None,
) -> GuildReport:
    """Return what the payload proves about everybody in voice, and everybody's games.

    It came over a connection that hears all.

    Args:
        payload: the GUILD_CREATE.
        admission: who is tracked, and where.
        at: when it was received.
        source: the connection it came over.
        asked_at: when it was asked for, where what has happened since may not be in it.
    """
    people = PeopleSeen(payload, HEARS_ALL)
    for seen in people_of(payload, dict(members_of(payload)), admission):
        people.take(seen)
    return people.report(at, source, asked_at)


def members_of(payload: GuildPayload) -> Iterator[tuple[int, MemberPart]]:
    """Yield the members by their ids; what comes later is the better one."""
    for member in payload.members:
        if member.user is not None:
            yield member.user.id, member
    for state in payload.voice_states:
        if state.member is not None and state.member.user is not None:
            yield state.user_id, state.member


def people_of(
    payload: GuildPayload, members: Mapping[int, MemberPart], admission: Admission
) -> Iterator[VoiceObserved | PresenceObserved | None]:
    """Yield everybody in voice, and everybody who has a presence, with what they play.

    None is for somebody who does not count.
    """
    sight = Sight(payload, admission)
    for state in payload.voice_states:
        yield sight.in_voice(state, members.get(state.user_id))
    for presence in payload.presences:
        yield sight.playing(presence, members.get(presence.user.id))


class PeopleSeen:
    """Puts together what a payload proves, person by person."""

    def __init__(self, guild: GuildFacts, hears: Hears) -> None:
        """Begin with nobody; of what the connection does not hear, nothing is taken in."""
        self._guild_id = guild.id
        self._hears = hears
        self._complete_games = hears.presences and guild.lists_all_presences
        self._voice: dict[int, VoiceObserved] = {}
        self._games: dict[int, PresenceObserved] = {}

    def take(self, seen: VoiceObserved | PresenceObserved | None) -> None:
        """Take in one of :func:`people_of`."""
        if seen is None:
            return
        if type(seen) is VoiceObserved:
            if self._hears.voice:
                self._voice[seen.user_id] = seen
        elif self._hears.presences and (seen.activities or not self._complete_games):
            self._games[seen.user_id] = seen

    def report(self, at: Instant, source: Source, asked_at: Instant | None) -> GuildReport:
        """Return the report of everybody who was taken in, or will be."""
        return GuildReport(
            guild_id=self._guild_id,
            source=source,
            at=at,
            asked_at=asked_at,
            voice=self._voice,
            games=self._games,
            complete_voice=self._hears.voice,
            complete_games=self._complete_games,
        )


class Sight:
    """What a guild's payload says of one person after the other, as the engine takes it in."""

    def __init__(self, guild: GuildFacts, admission: Admission) -> None:
        """See whom ``admission`` admits."""
        self._guild = guild
        self._admission = admission
        self._names = {each.id: each.name for each in guild.channels}

    def in_voice(self, state: VoicePart, member: MemberPart | None) -> VoiceObserved | None:
        """Return where somebody is; None where they do not count."""
        channel_id, afk_channel_id = state.channel_id, self._guild.afk_channel_id
        if channel_id is None or not self._admission.channel(channel_id, afk_channel_id):
            return None
        if not self._admits(state.user_id, member):
            return None
        return VoiceObserved(
            guild_id=self._guild.id,
            user_id=state.user_id,
            username=_name(member, state.user_id),
            channel=Channel(channel_id, self._names.get(channel_id) or str(channel_id)),
            joined=False,
        )

    def playing(self, presence: PresencePart, member: MemberPart | None) -> PresenceObserved | None:
        """Return what somebody plays; None where they do not count."""
        user_id = presence.user.id
        if not self._admits(user_id, member):
            return None
        return PresenceObserved(
            guild_id=self._guild.id,
            user_id=user_id,
            username=None if member is None else _name(member, user_id),
            activities=listed(presence.activities),
        )

    def _admits(self, user_id: int, member: MemberPart | None) -> bool:
        if member is None or member.user is None:
            return self._admission.takes(self._guild.id, user_id)
        return self._admission.person(
            self._guild.id, user_id, bot=member.user.bot, role_ids=member.roles
        )


def _name(member: MemberPart | None, user_id: int) -> str:
    return str(user_id) if member is None else member.name or str(user_id)

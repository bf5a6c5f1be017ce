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
from integrations.gateway.activities import UNTRACKED, ActivityPart, listed
from machines import Snowflake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integrations.gateway.admission import Admission
    from machines import Instant, Source

__all__ = [
    "GuildPayload",
    "People",
    "VoiceUpdate",
    "decode_guild",
    "details_of",
    "members_of",
    "people_of",
    "report_of",
]

PRESENCES_UP_TO = 75_000
"""Above so many members GUILD_CREATE has presences of people in voice only (Discord's
documentation, "Guild Create")."""


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


class GuildPayload(msgspec.Struct):
    """Of a GUILD_CREATE: what sessions depend on."""

    id: Snowflake
    unavailable: bool | None = None
    member_count: int = 0
    afk_channel_id: Snowflake | None = None
    channels: list[ChannelPart] = msgspec.field(default_factory=list)
    members: list[MemberPart] = msgspec.field(default_factory=list)
    voice_states: list[VoicePart] = msgspec.field(default_factory=list)
    presences: list[PresencePart] = msgspec.field(default_factory=list)


def decode_guild(data: Mapping[str, Any], *, everybody: bool = True) -> GuildPayload:
    """Return the typed payload; ids come as strings and become integers.

    Args:
        data: the payload.
        everybody: whether to decode also the members who are in no channel and no game, and
            their presences; of a large guild they are nearly all.

    Raises:
        msgspec.ValidationError: the payload is not as Discord documents it.
    """
    if not everybody and data.get("member_count", 0) <= PRESENCES_UP_TO:
        data = {**data, **_those_who_count(data)}
    return msgspec.convert(data, GuildPayload, strict=False)


def _those_who_count(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return members and presences of people in voice or with an activity of a tracked type."""
    try:
        busy = [each for each in data["presences"] if each["activities"] != []]  # few of them are
        presences = [each for each in busy if _may_play(each["activities"])]
        ids = {each["user"]["id"] for each in presences}
        ids.update(each["user_id"] for each in data["voice_states"])
        members = [each for each in data["members"] if each["user"]["id"] in ids]
    except (KeyError, TypeError):
        return {}  # not as documented: whoever decodes it says what is odd
    return {"members": members, "presences": presences}


def _may_play(activities: list[dict[str, Any]]) -> bool:
    return any(each["type"] not in UNTRACKED for each in activities)


def report_of(
    payload: GuildPayload,
    admission: Admission,
    at: Instant,
    *,
    presences: bool,
    source: Source = "guild_create",
    asked_at: Instant | None = None,
) -> GuildReport:
    """Return what the payload proves about everybody in voice, and everybody's games.

    Args:
        payload: the GUILD_CREATE.
        admission: who is tracked, and where.
        at: when it was received.
        presences: whether the connection has the presence intent.
        source: the connection it came over.
        asked_at: when it was asked for, where what has happened since may not be in it.
    """
    people = People(payload, presences=presences)
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
) -> Iterator[VoiceObserved | PresenceObserved]:
    """Yield everybody in voice, and everybody who has a presence, with what they play."""
    yield from _in_voice(payload, members, admission)
    yield from _playing(payload, members, admission)


class People:
    """Puts together the report of :func:`report_of`, person by person."""

    def __init__(self, payload: GuildPayload, *, presences: bool) -> None:
        """Begin with nobody."""
        self._guild_id = payload.id
        self._presences = presences
        self._complete_games = presences and payload.member_count <= PRESENCES_UP_TO
        self._voice: dict[int, VoiceObserved] = {}
        self._games: dict[int, PresenceObserved] = {}

    def take(self, seen: VoiceObserved | PresenceObserved) -> None:
        """Take in one of :func:`people_of`."""
        if isinstance(seen, VoiceObserved):
            self._voice[seen.user_id] = seen
        elif self._presences and (seen.activities or not self._complete_games):
            self._games[seen.user_id] = seen

    def report(self, at: Instant, source: Source, asked_at: Instant | None) -> GuildReport:
        """Return the report of everybody who was taken in."""
        return GuildReport(
            guild_id=self._guild_id,
            source=source,
            at=at,
            asked_at=asked_at,
            voice=self._voice,
            games=self._games,
            complete_voice=True,
            complete_games=self._complete_games,
        )


def _in_voice(
    payload: GuildPayload, members: Mapping[int, MemberPart], admission: Admission
) -> Iterator[VoiceObserved]:
    channels = {each.id: Channel(each.id, each.name or str(each.id)) for each in payload.channels}
    for state in payload.voice_states:
        channel_id = state.channel_id
        if channel_id is None or not admission.channel(channel_id, payload.afk_channel_id):
            continue
        member = members.get(state.user_id)
        if not _is_admitted(state.user_id, member, admission):
            continue
        yield VoiceObserved(
            guild_id=payload.id,
            user_id=state.user_id,
            username=_name(member, state.user_id),
            channel=channels.get(channel_id) or Channel(channel_id, str(channel_id)),
            joined=False,
        )


def _playing(
    payload: GuildPayload, members: Mapping[int, MemberPart], admission: Admission
) -> Iterator[PresenceObserved]:
    for presence in payload.presences:
        member = members.get(presence.user.id)
        if not _is_admitted(presence.user.id, member, admission):
            continue
        yield PresenceObserved(
            guild_id=payload.id,
            user_id=presence.user.id,
            username=None if member is None else _name(member, presence.user.id),
            activities=tuple(listed(presence.activities)),
        )


def _is_admitted(user_id: int, member: MemberPart | None, admission: Admission) -> bool:
    if member is None or member.user is None:
        return admission.takes(user_id)
    return admission.person(user_id, bot=member.user.bot, role_ids=member.roles)


def _name(member: MemberPart | None, user_id: int) -> str:
    return str(user_id) if member is None else member.name or str(user_id)

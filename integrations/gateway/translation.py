"""Translation: discord.py's events and cache, as observations and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import Channel, GuildReport, PresenceObserved, VoiceObserved
from integrations.gateway.activities import activities_seen, listed
from integrations.gateway.guild_payload import lists_all_presences
from integrations.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    import discord

    from engine import ActivitySeen
    from integrations.gateway.admission import Admission
    from integrations.gateway.event_payload import PresenceUpdate
    from integrations.gateway.guild_payload import VoiceUpdate
    from integrations.gateway.hears import Hears
    from machines import Instant, Source

__all__ = ["Translation", "channel_of"]


class Translation:
    """Turns what discord.py hands over into what the engine takes in."""

    def __init__(self, admission: Admission) -> None:
        """Leave out whom ``admission`` does not admit."""
        self._admission = admission

    def admits(self, member: discord.Member) -> bool:
        """Return whether this member is tracked."""
        # Member.roles is made and sorted anew each time.
        ignored = self._admission.ignored_roles
        held = (
            [each for each in ignored if member.get_role(each)]
            if ignored  # as it mostly is not: a comprehension is a call of its own
            else ()
        )
        return self._admission.person(member.guild.id, member.id, bot=member.bot, role_ids=held)

    def takes(self, guild_id: int, user_id: int, cached: discord.Member | None) -> bool:
        """Return whether somebody is tracked in a guild, for all that the cache knows of them."""
        return self._admission.takes(guild_id, user_id) if cached is None else self.admits(cached)

    def voice_update(
        self,
        guild: discord.Guild,
        cached: discord.Member | None,
        update: VoiceUpdate,
        since: Instant | None,
    ) -> VoiceObserved:
        """Return the news of a VOICE_STATE_UPDATE; whoever is not admitted is in no channel.

        ``cached`` is the person in discord.py's cache. Where they are called there what the payload
        says, the name is discord.py's own: a session would keep another one beside it.
        """
        member, user_id = update.member, update.user_id
        known_as = None if cached is None else cached.display_name
        if member is not None and member.user is not None:
            admitted = self._admission.person(
                guild.id, user_id, bot=member.user.bot, role_ids=member.roles
            )
            username = member.name
            if known_as is not None and known_as == username:
                username = known_as
        else:
            admitted = self.takes(guild.id, user_id, cached)
            username = known_as or str(user_id)
        return VoiceObserved(
            guild_id=guild.id,
            user_id=user_id,
            username=username,
            channel=self.counted_channel(guild, update.channel_id) if admitted else None,
            joined=update.was_in is None or self.counted_channel(guild, update.was_in) is None,
            since=since,
        )

    def voice(
        self,
        member: discord.Member,
        before: discord.VoiceState,
        after: discord.VoiceState,
        since: Instant | None,
    ) -> VoiceObserved:
        """Return the news of ``on_voice_state_update``, where there is no payload to be had.

        discord.py hands over a channel that it has not cached as no channel at all
        (``Guild._update_voice_state``), which here is a leave.
        """
        channel = self._tracked(member, after.channel)
        was_in = self._tracked(member, before.channel)
        return VoiceObserved(
            guild_id=member.guild.id,
            user_id=member.id,
            username=member.display_name,
            channel=channel,
            joined=was_in is None,
            since=since,
        )

    def presence(self, member: discord.Member, since: Instant | None) -> PresenceObserved:
        """Return the news of ``on_presence_update``."""
        activities = activities_seen(member.activities) if self.admits(member) else ()
        return PresenceObserved(
            guild_id=member.guild.id,
            user_id=member.id,
            username=member.display_name,
            activities=activities,
            since=since,
        )

    def raw_presence(
        self, raw: discord.RawPresenceUpdateEvent, since: Instant | None
    ) -> PresenceObserved | None:
        """Return the news of ``on_raw_presence_update``, also of members not cached."""
        if raw.guild_id is None:
            return None
        member = None if raw.guild is None else raw.guild.get_member(raw.user_id)
        seen = activities_seen(raw.activities)
        return self._of_anybody(raw.guild_id, raw.user_id, member, seen, since)

    def presence_update(
        self, guild: discord.Guild, update: PresenceUpdate, since: Instant | None
    ) -> PresenceObserved:
        """Return the news of a PRESENCE_UPDATE, also of members not cached."""
        member = guild.get_member(update.user.id)
        user_id = update.user.id if member is None else member.id  # which is held already
        seen = listed(update.activities) if update.activities else ()
        return self._of_anybody(guild.id, user_id, member, seen, since)

    async def cached_report(
        self, guild: discord.Guild, at: Instant, hears: Hears, *, source: Source = "cache"
    ) -> GuildReport:
        """Return what discord.py's cache holds of a guild: what the events said, no more.

        Of what the bot does not hear, that is nothing. ``source`` says what it is from. It is gone
        through in turns. About whom an event comes meanwhile, it says nothing that counts: the
        event is later than ``at``.
        """
        in_voice: dict[int, VoiceObserved] = {}
        async for member, channel in in_turns(_in_voice(guild) if hears.voice else ()):
            seen = self.looked_up(member, channel)
            if seen.channel is not None:
                in_voice[member.id] = seen
        games: dict[int, PresenceObserved] = {}
        async for member in in_turns(guild.members if hears.presences else ()):
            if member.activities:
                games[member.id] = self.presence(member, None)
        return GuildReport(
            guild_id=guild.id,
            source=source,
            at=at,
            voice=in_voice,
            games=games,
            complete_voice=hears.voice,
            complete_games=hears.presences
            and guild.chunked  # which brings no presence of anybody
            and lists_all_presences(guild.member_count or 0),
        )

    def looked_up(
        self, member: discord.Member, channel: discord.abc.Snowflake | None
    ) -> VoiceObserved:
        """Return that a member was found in ``channel``."""
        return VoiceObserved(
            guild_id=member.guild.id,
            user_id=member.id,
            username=member.display_name,
            channel=self._tracked(member, channel),
            joined=False,
        )

    def counted_channel(self, guild: discord.Guild, channel_id: int | None) -> Channel | None:
        """Return the channel, if time in it counts; for people about whom no more is known."""
        if channel_id is None:
            return None
        afk = guild.afk_channel
        if not self._admission.channel(channel_id, None if afk is None else afk.id):
            return None
        channel = guild.get_channel(channel_id)
        if channel is None:
            return Channel(channel_id, str(channel_id))
        return Channel(channel.id, channel.name)  # whoever is there holds no number of their own

    def _of_anybody(
        self,
        guild_id: int,
        user_id: int,
        member: discord.Member | None,
        seen: tuple[ActivitySeen, ...],
        since: Instant | None,
    ) -> PresenceObserved:
        """Return somebody's activities; of whoever is not cached no more than the id is known."""
        if seen and not self.takes(guild_id, user_id, member):
            seen = ()
        return PresenceObserved(
            guild_id=guild_id,
            user_id=user_id,
            username=None if member is None else member.display_name,
            activities=seen,
            since=since,
        )

    def _tracked(
        self, member: discord.Member, channel: discord.abc.Snowflake | None
    ) -> Channel | None:
        if channel is None or not self.admits(member):
            return None
        afk = member.guild.afk_channel
        if not self._admission.channel(channel.id, None if afk is None else afk.id):
            return None
        return Channel(channel.id, getattr(channel, "name", str(channel.id)))


def channel_of(member: discord.Member) -> discord.abc.GuildChannel | None:
    """Return the channel in which discord.py has somebody; None where it is known that they left.

    A GUILD_CREATE after an outage makes each channel anew (``Guild._from_data``), and those whom
    it lists are in the new ones; whoever is still in a channel of before it has left.
    """
    voice = member.voice  # looked up each time
    channel = None if voice is None else voice.channel
    if channel is None or channel.guild.get_channel(channel.id) is not channel:
        return None
    return channel


def _in_voice(
    guild: discord.Guild,
) -> Iterator[tuple[discord.Member, discord.abc.Snowflake]]:
    for channel in (*guild.voice_channels, *guild.stage_channels):
        for member in channel.members:
            is_in = channel_of(member)
            if is_in is not None:
                yield member, is_in

"""Still there: most of what the gateway sends only says that somebody goes on as before.

A microphone, a status, a game's details: there is a great deal of it, and the bot has other
work to do. So such a payload is recognized by a few of its fields, and not decoded. Whatever
is not plainly one of these is left to :class:`~integrations.gateway.intake.Intake`, which
takes in everything, and says what is odd.

Both come to the same: ``tests/integrations/gateway/test_still_there.py`` tells two bots the same
random events, one of which has nothing of this module, and holds all that they hold against each
other after each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.games import MOST_AT_ONCE, folded
from integrations.gateway.activities import UNTRACKED
from integrations.gateway.guild_payload import details_of

if TYPE_CHECKING:
    import discord

    from engine.games import GameName
    from integrations.gateway.surroundings import Surroundings
    from machines import ActivityType, GameSession, Instant

    _Game = tuple[GameName, int | None]
    """What a game that counts is matched by, and its application id."""

__all__ = ["StillThere"]

_PLAYING, _STREAMING, _LISTENING = 0, 1, 2

_GAMES_KNOWN = 4096
"""Games that are kept ready, as payloads name them; there are more, but few people play those."""

_ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading a payload raises that is not as Discord documents it."""


class _Kinds(dict[int, "ActivityType | None"]):
    """What an activity of each type counts as, if as anything.

    Discord sends types that it does not document, 6 among them: those count as nothing.
    """

    def __missing__(self, number: object) -> None:
        """Let whatever is no number be decoded: some of it may mean one."""
        if type(number) is not int:
            raise KeyError(number)


class StillThere:
    """Takes in the payloads that change nothing.

    What it holds of others are the very mappings and sets that they change: it asks nobody.
    """

    def __init__(self, around: Surroundings) -> None:
        """Take in for the tracker what needs no decoding."""
        tracker, settings = around.tracker, around.settings
        self._bot = around.bot
        self._clock_watch = tracker.clock_watch
        self._sightings = tracker.engine.sightings
        self._registry = tracker.engine.registry
        self._connections = connections = around.connections
        self._late = connections.late
        self._sources = sources = around.sources
        self._held = sources.held
        self._occupancy = sources.occupancy
        self._contradictions = sources.contradictions
        self._looking = tracker.looks.under_way
        self._being_placed = around.placing.under_way
        self._matched_as = tracker.engine.rules.matched_as
        self._game_of = lru_cache(maxsize=_GAMES_KNOWN)(self._find_game)
        self._admission = admission = around.admission
        self._takes = around.translation.takes
        self._opted_out = admission.opted_out
        self._ignored_channels = settings.ignored_channels
        self._roles = frozenset((*settings.ignored_roles, *map(str, settings.ignored_roles)))
        self._roles_matter = bool(self._roles)
        self._kinds = _Kinds(
            {
                **dict.fromkeys(UNTRACKED),
                _PLAYING: "playing",
                _STREAMING: None if settings.streaming == "ignore" else "streaming",
                _LISTENING: "listening" if settings.track_listening else None,
            }
        )

    def voice(self, data: dict[str, Any]) -> bool:
        """Return whether a VOICE_STATE_UPDATE changes no session, and has been taken in.

        It may be a sign of a lost event all the same, or concern who is in which channel.
        """
        try:
            guild_id, user_id = int(data["guild_id"]), int(data["user_id"])
            channel_id = None if data["channel_id"] is None else int(data["channel_id"])
            session = self._registry.voice_of(guild_id, user_id)
            if session is None:
                goes_on = self._is_left_out(guild_id, user_id, channel_id, data)
            else:
                goes_on = (
                    session.channel_id == channel_id
                    and session.absent_since is None
                    and session.username == _name_in(data["member"])
                    and user_id not in self._opted_out
                    and not (self._roles_matter and self._has_role(guild_id, data["member"]))
                )
            if not goes_on:
                return False
            connection, details = data["session_id"], details_of(data)
        except _ODD:
            return False
        now = self._plain_now(guild_id)
        if now is None:
            return False
        if session is None:
            is_heard = self._sightings.has_none(guild_id, user_id, now, voice=True)
        else:
            is_heard = self._sightings.is_in_voice(session, now)
        if not is_heard:
            return False
        if self._occupancy.change(guild_id, user_id, channel_id, connection, details, now):
            self._contradictions.suspects(guild_id)
        return True

    def presence(self, data: dict[str, Any]) -> bool:
        """Return whether a PRESENCE_UPDATE changes no game, and has been taken in."""
        games: list[_Game] = []
        try:
            guild_id, user_id = int(data["guild_id"]), int(data["user"]["id"])
            for activity in data["activities"]:
                kind = self._kinds[activity["type"]]
                if kind is None:
                    continue
                name = activity["name"] if kind != "streaming" else _streamed(activity)
                game = self._game_of(name, kind, activity.get("application_id"))
                if game is not None:
                    games.append(game)
        except _ODD:
            return False
        if len(games) > MOST_AT_ONCE:
            return False
        sessions = self._registry.games_of(guild_id, user_id)
        if sessions:
            return (
                (self._go_on(guild_id, user_id, sessions, games) if games else _are_away(sessions))
                and (now := self._plain_now(guild_id)) is not None
                and self._sightings.plays_on(guild_id, user_id, sessions, now)
            )
        return (
            not (games and self._may_play(guild_id, user_id))
            and (now := self._plain_now(guild_id)) is not None
            and self._sightings.has_none(guild_id, user_id, now, voice=False)
        )

    def _find_game(self, name: str, kind: ActivityType, app_id: str | int | None) -> _Game | None:
        """Return the game of a name, type and application; None where it is none that counts."""
        matched_as = self._matched_as(name, kind)
        if matched_as is None:
            return None
        return matched_as, None if app_id is None else int(app_id)

    def gone(self, data: dict[str, Any]) -> bool:
        """Return whether a GUILD_MEMBER_REMOVE ends no session, and has been taken in."""
        try:
            guild_id, user_id = int(data["guild_id"]), int(data["user"]["id"])
        except _ODD:
            return False
        if self._registry.has_any(guild_id, user_id) or (now := self._plain_now(guild_id)) is None:
            return False
        has_none = self._sightings.has_none
        return has_none(guild_id, user_id, now, voice=True) and has_none(
            guild_id, user_id, now, voice=False
        )

    def _plain_now(self, guild_id: int) -> Instant | None:
        """Return when this was heard, where nothing has to be done or looked at in a guild before.

        An audit that is due waits for just that: something is heard. Of news that has waited
        :class:`~integrations.gateway.news.News` says so.
        """
        if (
            self._late or self._held or self._looking or self._being_placed
        ) and self._has_something_first(guild_id):
            return None
        watch = self._clock_watch
        if watch.held_at is not None and watch.stalled_since is None:
            return watch.held_at
        now = watch.plain_now()
        if now is not None:
            self._sources.something_heard(now)
        return now

    def _has_something_first(self, guild_id: int) -> bool:
        """Return whether news of a guild may be old, or something there has to come before it."""
        return (
            self._connections.is_late(guild_id)
            or guild_id in self._held
            or guild_id in self._being_placed
            or guild_id in self._looking
        )

    def _has_role(self, guild_id: int, member: dict[str, Any]) -> bool:
        """Return whether somebody has a role by which they are not tracked.

        That of everybody is the guild's own.
        """
        return guild_id in self._roles or not self._roles.isdisjoint(member["roles"])

    def _is_left_out(
        self, guild_id: int, user_id: int, channel_id: int | None, data: dict[str, Any]
    ) -> bool:
        """Return whether somebody without a session has none for as long as they are there.

        Most have come to stay, which needs no look at the guild; whoever is in its AFK channel is
        taken for one of those, for not much is heard of them.
        """
        member = data["member"]
        is_bot = member["user"].get("bot", False)
        if channel_id is not None and not (
            is_bot
            or self._roles_matter
            or user_id in self._opted_out
            or channel_id in self._ignored_channels
        ):
            return False
        guild = self._bot.get_guild(guild_id)
        if guild is None or channel_id is None:
            return guild is not None
        if not self._admission.person(guild_id, user_id, bot=is_bot, role_ids=()) or (
            self._roles_matter and self._has_role(guild_id, member)
        ):
            return True
        afk = guild.afk_channel
        return not self._admission.channel(channel_id, None if afk is None else afk.id)

    def _go_on(
        self, guild_id: int, user_id: int, sessions: tuple[GameSession, ...], games: list[_Game]
    ) -> bool:
        """Return whether somebody plays just what they have sessions of, under the same name.

        What they have closed may be opened again for a while, and is none of these.
        """
        if user_id in self._opted_out:
            return False
        if len(games) > 1 and len(dict(games)) < len(games):
            games = _each_once(games)
        held: list[_Game] = []
        for session in sessions:
            matched_as = folded(session.game_name, session.activity_type)
            if session.absent_since is None:
                held.append((matched_as, session.app_id))
            elif matched_as in dict(games):
                return False
        if held != games and not _are_those(games, held):
            return False
        member = self._member(guild_id, user_id)
        if member is not None:
            name = member.display_name
            for session in sessions:
                if session.username != name:
                    return False
        return not self._roles_matter or self._takes(guild_id, user_id, member)

    def _may_play(self, guild_id: int, user_id: int) -> bool:
        """Return whether somebody without a session may have one, if they play anything."""
        return self._takes(guild_id, user_id, self._member(guild_id, user_id))

    def _member(self, guild_id: int, user_id: int) -> discord.Member | None:
        guild = self._bot.get_guild(guild_id)
        return None if guild is None else guild.get_member(user_id)


def _are_away(sessions: tuple[GameSession, ...]) -> bool:
    """Return whether somebody has closed all of their games: they play none."""
    return None not in [session.absent_since for session in sessions]


def _streamed(activity: dict[str, Any]) -> str:
    name: str = activity.get("state") or activity.get("details") or activity["name"]
    return name


def _are_those(games: list[_Game], held: list[_Game]) -> bool:
    """Return whether somebody plays what is held of them: a game without an id may be any."""
    others = games.copy()
    for matched_as, app_id in held:
        game = (matched_as, app_id) if (matched_as, app_id) in others else (matched_as, None)
        if game not in others:
            return False
        others.remove(game)
    return not others


def _each_once(games: list[_Game]) -> list[_Game]:
    """Return the games as :meth:`engine.GameRules.tracked` does: one without an id may be any."""
    kept: list[_Game] = []
    for matched_as, app_id in games:
        same = [each for name, each in kept if name == matched_as]
        if app_id not in same and None not in same and not (same and app_id is None):
            kept.append((matched_as, app_id))
    return kept


def _name_in(member: dict[str, Any]) -> str:
    user = member["user"]
    name: str = member.get("nick") or user["global_name"] or user["username"]
    return name

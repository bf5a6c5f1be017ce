"""What was really played, to compare a bot's records with.

Written down by the world as things happen, whatever is sent about them. It is plain history:
no grace, no confirmation, no merging.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec


class Interval(msgspec.Struct, frozen=True):
    """From ``start`` to ``end``, aware UTC datetimes; ``end`` is None while it lasts."""

    start: datetime
    end: datetime | None

    def seconds(self, until: datetime) -> float:
        """Its length in seconds; one that lasts still is measured up to ``until``."""
        end = until if self.end is None else min(self.end, until)
        return max(0.0, (end - self.start).total_seconds())


class VoiceStay(msgspec.Struct):
    """One person's time in voice in one guild, from joining to leaving.

    Attributes:
        channels: the channels in the order they were visited, with the time in each.
    """

    guild_id: int
    user_id: int
    channels: list[tuple[int, Interval]]

    @property
    def start(self) -> datetime:
        """When the person joined."""
        return self.channels[0][1].start

    @property
    def end(self) -> datetime | None:
        """When the person left; None while they stay."""
        return self.channels[-1][1].end

    def seconds(self, until: datetime, *, except_channels: Iterable[int] = ()) -> float:
        """How long it lasted, up to ``until``, without the time in ``except_channels``."""
        left_out = frozenset(except_channels)
        spans = (span for channel, span in self.channels if channel not in left_out)
        return sum(span.seconds(until) for span in spans)


class GameInterval(msgspec.Struct, frozen=True):
    """One person's time in one activity, seen from one guild.

    Attributes:
        activity_type: Discord's number: 0 playing, 1 streaming, 2 listening, 3 watching,
            4 custom status, 5 competing.
    """

    guild_id: int
    user_id: int
    name: str
    application_id: int | None
    activity_type: int
    span: Interval


class _OpenGame(msgspec.Struct):
    name: str
    application_id: int | None
    activity_type: int
    start: datetime


class Truth:
    """Every stay in voice and every activity that was played, per guild and person."""

    def __init__(self) -> None:
        self._stays: list[VoiceStay] = []
        self._games: list[GameInterval] = []
        self._open_stays: dict[tuple[int, int], VoiceStay] = {}
        self._open_games: dict[tuple[int, int, int], _OpenGame] = {}

    def voice_stays(
        self, *, guild_id: int | None = None, user_id: int | None = None
    ) -> list[VoiceStay]:
        """The stays in voice, by start, ended ones and those that last."""
        found = [
            stay
            for stay in self._stays
            if guild_id in {None, stay.guild_id} and user_id in {None, stay.user_id}
        ]
        return sorted(found, key=lambda stay: stay.start)

    def games(
        self, *, guild_id: int | None = None, user_id: int | None = None, name: str | None = None
    ) -> list[GameInterval]:
        """The activities, by start, ended ones and those that last."""
        lasting = [_closed(key, game, end=None) for key, game in self._open_games.items()]
        found = [
            game
            for game in self._games + lasting
            if guild_id in {None, game.guild_id}
            and user_id in {None, game.user_id}
            and name in {None, game.name}
        ]
        return sorted(found, key=lambda game: game.span.start)

    def together(self, *, guild_id: int, name: str, at_least: int = 2) -> list[Interval]:
        """When at least ``at_least`` people of a guild were in the activity ``name`` at once."""
        steps: list[tuple[datetime, int]] = []
        for game in self.games(guild_id=guild_id, name=name):
            steps.append((game.span.start, 1))
            if game.span.end is not None:
                steps.append((game.span.end, -1))
        spans: list[Interval] = []
        playing, since = 0, None
        for at, change in sorted(steps):
            playing += change
            if since is None and playing >= at_least:
                since = at
            elif since is not None and playing < at_least:
                spans.append(Interval(since, at))
                since = None
        if since is not None:
            spans.append(Interval(since, None))
        return spans

    def voice(self, guild_id: int, user_id: int, channel_id: int | None, at: datetime) -> None:
        """Write down that a person is in ``channel_id`` from ``at`` on (None: in none)."""
        key = (guild_id, user_id)
        stay = self._open_stays.get(key)
        if stay is not None:
            channel, span = stay.channels[-1]
            stay.channels[-1] = (channel, Interval(span.start, at))
        if channel_id is None:
            self._open_stays.pop(key, None)
            return
        if stay is None:
            stay = VoiceStay(guild_id, user_id, [])
            self._open_stays[key] = stay
            self._stays.append(stay)
        stay.channels.append((channel_id, Interval(at, None)))

    def game_began(
        self,
        key: tuple[int, int, int],
        name: str,
        application_id: int | None,
        activity_type: int,
        at: datetime,
    ) -> None:
        """Write down the start of an activity; ``key`` is guild, person, activity number."""
        self._open_games[key] = _OpenGame(name, application_id, activity_type, at)

    def game_ended(self, key: tuple[int, int, int], at: datetime) -> None:
        """Write down the end of an activity that was begun under ``key``."""
        game = self._open_games.pop(key, None)
        if game is not None:
            self._games.append(_closed(key, game, end=at))


def _closed(key: tuple[int, int, int], game: _OpenGame, end: datetime | None) -> GameInterval:
    guild_id, user_id, _ = key
    span = Interval(game.start.astimezone(UTC), end)
    return GameInterval(guild_id, user_id, game.name, game.application_id, game.activity_type, span)

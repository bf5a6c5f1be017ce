"""A report: one guild as one source saw it at one instant. It is what guards consult."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from engine.games import is_same_game
from engine.observation import Channel, PresenceObserved, VoiceObserved
from machines import (
    AnySession,
    Evidence,
    GameSession,
    Instant,
    LiveGuild,
    PartySession,
    Presence,
    Source,
    VoiceSession,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.games import GameRules

__all__ = ["GuildReport", "LiveReport", "MergedReport"]


class LiveReport(LiveGuild, Protocol):
    """A live guild that can also name the people it sees, so that missing ones are found."""

    @property
    def source(self) -> Source:
        """Where the report comes from."""
        ...

    @property
    def at(self) -> Instant:
        """The instant at which it was true."""
        ...

    @property
    def complete_voice(self) -> bool:
        """Whether whoever is not listed in voice was not in voice."""
        ...

    @property
    def complete_games(self) -> bool:
        """Whether whoever is not listed with a game had none."""
        ...

    def sightings(self) -> Iterator[VoiceObserved | PresenceObserved]:
        """Yield everybody the report sees in voice or with a game."""
        ...

    def under(self, rules: GameRules) -> LiveReport:
        """Return the same report with the games as the settings name them."""
        ...


class GuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report made of plain data.

    Attributes:
        voice: everybody seen in a tracked voice channel.
        games: everybody whose activities were seen, by user id.
        complete_voice: whoever is not in ``voice`` was not in voice.
        complete_games: whoever is not in ``games`` had no activity.
        looked_voice: people whose absence from ``voice`` is proved one by one.
        looked_games: people whose absence from ``games`` is proved one by one.
        unknown: people about whom nothing can be said, whatever else is complete.
    """

    guild_id: int
    source: Source
    at: Instant
    voice: dict[int, VoiceObserved] = msgspec.field(default_factory=dict)
    games: dict[int, PresenceObserved] = msgspec.field(default_factory=dict)
    complete_voice: bool = False
    complete_games: bool = False
    looked_voice: frozenset[int] = frozenset()
    looked_games: frozenset[int] = frozenset()
    unknown: frozenset[int] = frozenset()

    def about(self, session: AnySession) -> Evidence:
        """Say whether the person of ``session`` is still where the session has them."""
        if isinstance(session, PartySession) or session.user_id in self.unknown:
            return Evidence("unknown", self.at, self.source)
        if isinstance(session, VoiceSession):
            return Evidence(self._voice_of(session), self.at, self.source)
        return Evidence(self._game_of(session), self.at, self.source)

    def channel_of(self, user_id: int) -> Channel | None:
        """Return the tracked channel in which the person was seen."""
        seen = self.voice.get(user_id)
        return None if seen is None else seen.channel

    def sightings(self) -> Iterator[VoiceObserved | PresenceObserved]:
        """Yield everybody the report sees in voice or with a game, and can speak of."""
        yield from (seen for user, seen in self.voice.items() if user not in self.unknown)
        yield from (seen for user, seen in self.games.items() if user not in self.unknown)

    def under(self, rules: GameRules) -> GuildReport:
        """Return the same report with the games as the settings name them."""
        games = {
            user_id: msgspec.structs.replace(seen, activities=rules.tracked(seen.activities))
            for user_id, seen in self.games.items()
        }
        return msgspec.structs.replace(self, games=games)

    def _voice_of(self, session: VoiceSession) -> Presence:
        if self.channel_of(session.user_id) is not None:
            return "present"
        known = self.complete_voice or session.user_id in self.looked_voice
        return "absent" if known else "unknown"

    def _game_of(self, session: GameSession) -> Presence:
        seen = self.games.get(session.user_id)
        if seen is not None:
            found = any(is_same_game(session, activity) for activity in seen.activities)
            return "present" if found else "absent"
        known = self.complete_games or session.user_id in self.looked_games
        return "absent" if known else "unknown"


class MergedReport(msgspec.Struct, frozen=True, kw_only=True):
    """Several reports of one guild as one: the first that knows a person speaks for them.

    It is complete in nothing, so it proves the absence of those alone who were looked at.
    """

    guild_id: int
    reports: tuple[GuildReport, ...]
    complete_voice: bool = False
    complete_games: bool = False

    @property
    def source(self) -> Source:
        """Where the first report comes from."""
        return self.reports[0].source if self.reports else "cache"

    @property
    def at(self) -> Instant:
        """The earliest instant of the reports."""
        return min((report.at for report in self.reports), default=0)

    def about(self, session: AnySession) -> Evidence:
        """Say whether the person of ``session`` is still where the session has them."""
        for report in self.reports:
            evidence = report.about(session)
            if evidence.presence != "unknown":
                return evidence
        return Evidence("unknown", self.at, self.source)

    def sightings(self) -> Iterator[VoiceObserved | PresenceObserved]:
        """Yield everybody seen by a source that says something new."""
        for report in self.reports:
            if report.source != "cache":
                yield from report.sightings()

    def under(self, rules: GameRules) -> MergedReport:
        """Return the same report with the games as the settings name them."""
        reports = tuple(report.under(rules) for report in self.reports)
        return msgspec.structs.replace(self, reports=reports)

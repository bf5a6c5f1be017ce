"""A report: one guild as one source saw it at one instant. It is what guards consult."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from engine.games import GameRules, is_same_game
from engine.observation import ActivitySeen, Channel, PresenceObserved, VoiceObserved
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

__all__ = ["Call", "GuildReport", "LiveReport", "Memory", "MergedReport"]

_Seen = TypeVar("_Seen", VoiceObserved, PresenceObserved)

_ANYBODY = -1
"""In the place of a person's id: whoever is not named."""


class Call(msgspec.Struct, frozen=True, gc=False):
    """What goes on in a voice channel since it was last empty.

    Attributes:
        started_at: the whole second in which the first person joined the empty channel.
        people: how many are in it, those who are not tracked included.
    """

    started_at: Instant
    people: int


class LiveReport(LiveGuild, Protocol):
    """A live guild that can also name the people it sees, so that missing ones are found."""

    @property
    def source(self) -> Source:
        """Where the report comes from."""
        ...

    @property
    def at(self) -> Instant:
        """The latest instant of which it speaks: when it was received."""
        ...

    @property
    def earliest(self) -> Instant:
        """The earliest instant of which it can speak: when it was asked for."""
        ...

    @property
    def complete_voice(self) -> bool:
        """Whether whoever is not listed in voice was not in voice."""
        ...

    @property
    def complete_games(self) -> bool:
        """Whether whoever is not listed with a game had none."""
        ...

    def call_in(self, channel_id: int) -> Call | None:
        """Return the call in a voice channel, where the report knows of it."""
        ...

    def channel_of(self, user_id: int) -> Channel | None:
        """Return the tracked channel in which the person was seen."""
        ...

    @property
    def parts(self) -> tuple[LiveReport, ...]:
        """The reports it is made of, each true at an instant of its own."""
        ...

    def in_voice(self) -> Iterator[VoiceObserved]:
        """Yield everybody the report sees in voice."""
        ...

    def sightings(self) -> Iterator[VoiceObserved | PresenceObserved]:
        """Yield everybody the report sees in voice or with a game."""
        ...

    def under(self, rules: GameRules) -> LiveReport:
        """Return the same report with the games as the settings name them."""
        ...

    def reading(self) -> Iterator[object]:
        """Read it a piece at a time, as an iterator that is gone through before all else.

        There is nothing to be done for most reports.
        """
        ...

    def of_person(self, user_id: int, *, games: bool) -> LiveReport:
        """Return what it says of one person's stay in voice, or of their games.

        It is complete in that. Where they are still to be read, they are read first. What is
        looked up only when it is asked is left out: it may know of what came later.
        """
        ...


class Memory(LiveGuild, Protocol):
    """What is remembered of a guild, and looked up for whoever is asked about; it finds nobody."""

    @property
    def source(self) -> Source:
        """Where it was heard."""
        ...

    @property
    def at(self) -> Instant:
        """The instant of which it speaks, at least."""
        ...

    @property
    def earliest(self) -> Instant:
        """Since when what it says may have been so: it is no older than when it is asked."""
        ...

    def under(self, rules: GameRules) -> Memory:
        """Return the same with the games as the settings name them."""
        ...


class GuildReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A report made of plain data.

    Attributes:
        at: when it was received.
        asked_at: when it was asked for; what it says may have been so as early as that. None
            where it cannot have been before ``at``.
        voice: everybody seen in a tracked voice channel.
        games: everybody whose activities were seen, by user id.
        complete_voice: whoever is not in ``voice`` was not in voice.
        complete_games: whoever is not in ``games`` had no activity.
        looked_voice: people whose absence from ``voice`` is proved one by one.
        looked_games: people whose absence from ``games`` is proved one by one.
        calls: the calls in voice channels, by channel id, as far as they are known.
        rules: how the settings name the games; None takes them as they come.
    """

    guild_id: int
    source: Source
    at: Instant
    asked_at: Instant | None = None
    voice: dict[int, VoiceObserved] = msgspec.field(default_factory=dict)
    games: dict[int, PresenceObserved] = msgspec.field(default_factory=dict)
    complete_voice: bool = False
    complete_games: bool = False
    looked_voice: frozenset[int] = frozenset()
    looked_games: frozenset[int] = frozenset()
    calls: dict[int, Call] = msgspec.field(default_factory=dict)
    rules: GameRules | None = None

    @property
    def earliest(self) -> Instant:
        """The earliest instant of which it can speak."""
        return self.at if self.asked_at is None else self.asked_at

    @property
    def parts(self) -> tuple[GuildReport, ...]:
        """Itself alone."""
        return (self,)

    def about(self, session: AnySession) -> Evidence:
        """Say whether the person of ``session`` is still where the session has them."""
        if type(session) is PartySession:
            return Evidence("unknown", self.at, self.source, self.asked_at)
        presence = (
            self._voice_of(session) if type(session) is VoiceSession else self._game_of(session)
        )
        return Evidence(presence, self.at, self.source, self.asked_at)

    def call_in(self, channel_id: int) -> Call | None:
        """Return the call in a voice channel, where the report knows of it."""
        return self.calls.get(channel_id)

    def channel_of(self, user_id: int) -> Channel | None:
        """Return the tracked channel in which the person was seen."""
        seen = self.voice.get(user_id)
        return None if seen is None else seen.channel

    def in_voice(self) -> Iterator[VoiceObserved]:
        """Yield everybody the report sees in voice."""
        return iter(self.voice.values())

    def sightings(self) -> Iterator[VoiceObserved | PresenceObserved]:
        """Yield everybody the report sees in voice or with a game."""
        yield from self.voice.values()
        for seen in self.games.values():
            yield msgspec.structs.replace(seen, activities=self._activities_of(seen))

    def under(self, rules: GameRules) -> GuildReport:
        """Return the same report with the games as the settings name them."""
        return msgspec.structs.replace(self, rules=rules)

    def reading(self) -> Iterator[object]:
        """It is there already."""
        return iter(())

    def of_person(self, user_id: int, *, games: bool) -> GuildReport:
        """Return what it says of one person's stay in voice, or of their games."""
        knows_voice = self.complete_voice or user_id in self.looked_voice
        knows_games = self.complete_games or user_id in self.looked_games
        return msgspec.structs.replace(
            self,
            voice={} if games else _of_one(self.voice, user_id),
            games=_of_one(self.games, user_id) if games else {},
            complete_voice=knows_voice and not games,
            complete_games=knows_games and games,
            looked_voice=frozenset(),
            looked_games=frozenset(),
        )

    def _activities_of(self, seen: PresenceObserved) -> tuple[ActivitySeen, ...]:
        return seen.activities if self.rules is None else self.rules.tracked(seen.activities)

    def _voice_of(self, session: VoiceSession) -> Presence:
        if self.channel_of(session.user_id) is not None:
            return "present"
        known = self.complete_voice or session.user_id in self.looked_voice
        return "absent" if known else "unknown"

    def _game_of(self, session: GameSession) -> Presence:
        seen = self.games.get(session.user_id)
        if seen is not None:
            activities = self._activities_of(seen)
            found = any(is_same_game(session, activity) for activity in activities)
            return "present" if found else "absent"
        known = self.complete_games or session.user_id in self.looked_games
        return "absent" if known else "unknown"


class MergedReport:
    """Several reports of one guild as one: the first that knows a person speaks for them.

    It is complete in nothing, so it proves the absence of those alone who were looked at. Who
    speaks for whom is found out once, so that asking costs the same however many reports.

    Attributes:
        guild_id: the guild.
        reports: the reports, the one to be believed first in front.
        otherwise: asked about whomever none of them knows, person by person.
    """

    complete_voice = False
    complete_games = False

    def __init__(
        self,
        *,
        guild_id: int,
        reports: tuple[GuildReport, ...],
        otherwise: Memory | None = None,
    ) -> None:
        """Merge ``reports`` of one guild."""
        self.guild_id = guild_id
        self.reports = reports
        self.otherwise = otherwise

    @property
    def source(self) -> Source:
        """Where the first report comes from."""
        return self._all[0].source if self._all else "cache"

    @cached_property
    def at(self) -> Instant:
        """The earliest instant of the reports."""
        return min((report.at for report in self._all), default=0)

    @cached_property
    def parts(self) -> tuple[GuildReport, ...]:
        """The reports whose sightings say something new."""
        return tuple(report for report in self.reports if report.source != "cache")

    @cached_property
    def earliest(self) -> Instant:
        """The earliest instant of which any of the reports can speak."""
        return min((report.earliest for report in self._all), default=0)

    def call_in(self, channel_id: int) -> Call | None:
        """Return the call in a voice channel, where one of the reports knows of it."""
        return self._calls.get(channel_id)

    def channel_of(self, user_id: int) -> Channel | None:
        """Return the tracked channel in which one of the reports saw the person."""
        return self._channels.get(user_id)

    def about(self, session: AnySession) -> Evidence:
        """Say whether the person of ``session`` is still where the session has them."""
        if type(session) is not PartySession:
            speakers = self._on_voice if type(session) is VoiceSession else self._on_games
            speaker = speakers.get(session.user_id, speakers.get(_ANYBODY, self.otherwise))
            evidence = None if speaker is None else speaker.about(session)
            if evidence is not None and evidence.presence != "unknown":
                return evidence
        return Evidence("unknown", self.at, self.source)

    def in_voice(self) -> Iterator[VoiceObserved]:
        """Yield everybody seen in voice by a source that says something new."""
        for report in self.parts:
            yield from report.in_voice()

    def sightings(self) -> Iterator[VoiceObserved | PresenceObserved]:
        """Yield everybody seen by a source that says something new."""
        for report in self.parts:
            yield from report.sightings()

    def under(self, rules: GameRules) -> MergedReport:
        """Return the same report with the games as the settings name them."""
        return MergedReport(
            guild_id=self.guild_id,
            reports=tuple(report.under(rules) for report in self.reports),
            otherwise=None if self.otherwise is None else self.otherwise.under(rules),
        )

    def reading(self) -> Iterator[object]:
        """It is there already."""
        return iter(())

    def of_person(self, user_id: int, *, games: bool) -> MergedReport:
        """Return what the reports say of one person's stay in voice, or of their games."""
        reports = tuple(report.of_person(user_id, games=games) for report in self.reports)
        return MergedReport(guild_id=self.guild_id, reports=reports)

    @cached_property
    def _all(self) -> tuple[GuildReport | Memory, ...]:
        return self.reports if self.otherwise is None else (*self.reports, self.otherwise)

    @cached_property
    def _calls(self) -> dict[int, Call]:
        return {
            channel: call
            for report in reversed(self.reports)
            for channel, call in report.calls.items()
        }

    @cached_property
    def _channels(self) -> dict[int, Channel]:
        return {
            user_id: seen.channel
            for report in reversed(self.reports)
            for user_id, seen in report.voice.items()
            if seen.channel is not None
        }

    @cached_property
    def _on_voice(self) -> dict[int, GuildReport]:
        """Return who speaks for whom; under ``_ANYBODY`` who does for everybody else."""
        speakers: dict[int, GuildReport] = {}
        for report in reversed(self.reports):
            if report.complete_voice:
                speakers = {_ANYBODY: report}
            in_voice = (user for user, seen in report.voice.items() if seen.channel is not None)
            speakers.update(dict.fromkeys(chain(report.looked_voice, in_voice), report))
        return speakers

    @cached_property
    def _on_games(self) -> dict[int, GuildReport]:
        speakers: dict[int, GuildReport] = {}
        for report in reversed(self.reports):
            if report.complete_games:
                speakers = {_ANYBODY: report}
            speakers.update(dict.fromkeys(chain(report.looked_games, report.games), report))
        return speakers


def _of_one(seen: dict[int, _Seen], user_id: int) -> dict[int, _Seen]:
    return {user_id: seen[user_id]} if user_id in seen else {}

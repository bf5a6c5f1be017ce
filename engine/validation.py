"""Validation: a look at a guild, taken a piece at a time, comes to what the whole would.

Events come in between. What a look says of a person comes before an event about them where whoever
applies the event asks for that, and is passed over after it.

First everybody who has a session is asked, then those are found who have none; the parties come
last, for they follow from the games. What each answer means is for ``asking`` to say.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from engine.look import Look
from machines import PartySession, SessionChanged, VoiceSession, WatchChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from engine.absences import Absences
    from engine.asking import Asking
    from engine.firing import Firing
    from engine.look import Befalls, Piece
    from engine.parties import Parties
    from engine.report import LiveReport
    from machines import AnySession, Effect, Instant

__all__ = ["Validation"]

_MANY = 30
"""Players of a party that is saved in a turn of its own: to pack a thousand takes a millisecond."""


class Validation:
    """Takes one report after the other through the sessions of its guild."""

    def __init__(
        self, firing: Firing, absences: Absences, asking: Asking, parties: Parties
    ) -> None:
        """Let ``asking`` ask of the sessions that ``firing`` holds."""
        self._firing = firing
        self._absences = absences
        self._watching = absences.watching
        self._asking = asking
        self._parties = parties
        self._under_way: dict[Look, None] = {}

    def begin(self, report: LiveReport) -> Look:
        """Begin to take a report through the sessions of its guild; it may be read only then."""
        look = Look(report)
        look.pieces = self._pieces(look)
        self._under_way[look] = None
        self._parties.backlog.hold(report.guild_id)
        return look

    def go_on(
        self, look: Look, now: Instant, effects: list[Effect], is_time_up: Callable[[], bool]
    ) -> None:
        """Take a look on, until the time is up, a large party was asked, or it is done.

        The parties of the guild wait until the end: they follow from everybody in them.
        """
        while not look.is_done:
            try:
                piece = next(look.pieces, None)
                if piece is not None:
                    piece(now, effects)
            except Exception as error:  # noqa: BLE001 - what others have asked for must not be lost
                look.error, piece = error, None
            if piece is None:
                self.end(look)
            elif piece is _pause or is_time_up():
                return

    def take_first(
        self, look: Look, user_id: int, now: Instant, effects: list[Effect], *, games: bool
    ) -> None:
        """Do all that a look means for one person in voice, or for their games.

        That is before its pieces come to them; those then change nothing.
        """
        if not look.is_overtaken:
            self._take(look, user_id, now, effects, games=games)

    def befall(self, guild_id: int, befalls: Befalls, now: Instant) -> Befalls | None:
        """Something befalls people in voice: it comes to whom looks under way find later as well.

        Returns:
            What does all that they say of the person of a session in voice, which comes first;
            None where there are none.
        """
        looks = self._looks_at(guild_id)
        if not looks:
            return None
        take = partial(self._take_voice, looks, now)
        for look in looks:
            look.befell.append(partial(_in_order, take, befalls))
        return take

    def is_looking_at(self, guild_id: int) -> bool:
        """Return whether a look at a guild is under way that may still find somebody."""
        return bool(self._under_way and self._looks_at(guild_id))

    def _looks_at(self, guild_id: int) -> list[Look]:
        looks = self._under_way
        return [
            each for each in looks if each.report.guild_id == guild_id and not each.is_overtaken
        ]

    def _take_voice(
        self, looks: Sequence[Look], now: Instant, session: AnySession, effects: list[Effect]
    ) -> None:
        if type(session) is VoiceSession:
            for look in looks:
                self._take(look, session.user_id, now, effects, games=False)

    def _take(
        self, look: Look, user_id: int, now: Instant, effects: list[Effect], *, games: bool
    ) -> None:
        """Do what a look says of one person, unless that is done, or it says nothing any more."""
        is_over = look.is_done or self._is_passed_over(look.report)
        if is_over or (user_id, games) in look.first:
            return
        look.first.add((user_id, games))
        alone = replace(look, report=look.report.of_person(user_id, games=games))
        for session in self._firing.registry.of_person(look.report.guild_id, user_id):
            if alone.report.about(session).presence != "unknown":
                self._asking.ask(session, alone, now, effects)
                if games and session.id not in look.doubted:
                    look.were_here.add(session.id)
        for part in alone.report.parts:
            for seen in part.sightings():
                self._asking.find(seen, alone, part, now, effects)
        for in_voice in alone.report.in_voice():
            self._asking.move(in_voice, alone, now, effects)
        known = alone.report.complete_games if games else alone.report.complete_voice
        guild_id, at = alone.report.guild_id, alone.report.earliest
        if known and self._watching.trusts(alone.report.source, guild_id, games=games):
            self._watching.looked_first(guild_id, user_id, at, games=games)

    def end(self, look: Look) -> None:
        """Take a look no further; what it has not come to stays as it is."""
        if not look.is_done:
            look.is_done = True
            self._under_way.pop(look, None)
            self._parties.backlog.release(look.report.guild_id, found=True)

    def overtake(self, guild_ids: Iterable[int] | None = None) -> None:
        """Let no look that is under way at these guilds, or at any, be taken further.

        They are watched no longer, or the clock was set.
        """
        if not self._under_way:
            return
        these = None if guild_ids is None else frozenset(guild_ids)
        for look in self._under_way:
            look.is_overtaken |= these is None or look.report.guild_id in these

    def _pieces(self, look: Look) -> Iterator[Piece]:
        """Yield what is to be done, one person after the other, until the look is overtaken."""
        for _read in look.report.reading():  # to the end: who is in voice is told to others as well
            yield _rest
        for piece in self._pieces_once_read(look):
            if look.is_overtaken:
                return
            yield piece

    def _pieces_once_read(self, look: Look) -> Iterator[Piece]:
        """Yield the pieces in their order; those of whoever was taken first are done by then."""
        registry, report = self._firing.registry, look.report
        if self._is_passed_over(report):
            return
        for session in registry.of_guild(report.guild_id):
            if type(session) is not PartySession:
                piece = partial(self._asking.ask, session, look)
                yield _rest if look.was_first(session) else piece
        for part in report.parts:
            for seen in part.sightings():
                piece = partial(self._asking.find, seen, look, part)
                yield _rest if look.was_first(seen) else piece
        for in_voice in report.in_voice():
            yield _rest if look.was_first(in_voice) else partial(self._asking.move, in_voice, look)
        for party in registry.parties_of(report.guild_id):
            yield from self._ask_party(party, look)
        yield from self._conclude(look)
        while self._parties.backlog.is_waiting(report.guild_id):
            yield partial(self._parties.settle_next, report.guild_id)
        for piece_of_chapter in self._parties.chapters.pieces(report.guild_id):
            yield piece_of_chapter or _rest

    def _is_passed_over(self, report: LiveReport) -> bool:
        """Return whether a report says nothing: what follows what it saw was not heard.

        It was asked for before its guild was known to be unwatched, and what it says is from
        before that or from within. An audit comes over a connection of its own, so it says nothing
        either while the bot's is cut. Else it ends a gap like any look at everybody: whoever asks
        sees to it that the guild is there and its connection up.
        """
        watching, guild_id = self._watching, report.guild_id
        if watching.is_before_news_of_gap(guild_id, report.earliest):
            return True
        return report.source == "audit" and watching.of(guild_id).cut_since is not None

    def _conclude(self, look: Look) -> Iterator[Piece]:
        """Yield what is to be done once everybody has been asked and found."""
        guild_id = look.report.guild_id
        if look.report.source == "guild_create":
            self._firing.registry.hold_by_their_ids(guild_id)  # which came with it
        watch = self._watching.of(guild_id)
        was_unwatched = watch.gap_since is not None
        yield partial(self._take_as_look, look)
        if was_unwatched and watch.gap_since is None:
            # The guild is watched again; those whom nobody has seen yet say so themselves.
            for session in self._firing.registry.of_guild(guild_id):
                yield partial(self._say_unwatched, session)
        if look.saw_all:
            for _few in self._absences.forget_ends(guild_id):
                yield _rest
        while look.doubted or look.first:  # so that not all of them are let go of at once
            (look.doubted.popitem if look.doubted else look.first.pop)()
            yield _rest

    def _ask_party(self, party: PartySession, look: Look) -> Iterator[Piece]:
        """Yield what it takes to ask a party, one player after the other, after their games.

        Whoever was not asked was found by the same look.
        """
        known: set[int] = set()
        for user_id in self._parties.known_players(party, look):
            if user_id is not None:
                known.add(user_id)
            yield _rest
        for _some in self._parties.counting_before(party, len(known)):
            yield _rest
        yield partial(self._parties.validate, party, len(known), look.report)
        if len(party.players) > _MANY:
            yield _pause

    def _say_unwatched(self, session: AnySession, _now: Instant, effects: list[Effect]) -> None:
        if session.is_live and session.unwatched_since is not None:
            effects.append(SessionChanged(session))

    def _take_as_look(self, look: Look, _now: Instant, effects: list[Effect]) -> None:
        """Remember what the report saw all of."""
        report, watching, guild_id = look.report, self._watching, look.report.guild_id
        voice = report.complete_voice and watching.trusts(report.source, guild_id, games=False)
        games = report.complete_games and watching.trusts(report.source, guild_id, games=True)
        if not (voice or games):
            return
        look.saw_all = True
        watch = watching.looked(
            guild_id,
            report.earliest,
            voice=voice,
            games=games,
            hears_no_voice="voice" in self._firing.unheard.kinds,
        )
        is_cut = watch.cut_since is not None and watch.cut_since <= report.earliest
        if is_cut and report.source == "guild_create":
            watch.cut_since = None  # it came over the connection, which stands again
        effects.append(WatchChanged(watch))


def _in_order(
    take_first: Befalls, befalls: Befalls, session: AnySession, effects: list[Effect]
) -> None:
    take_first(session, effects)
    if not session.is_over:
        befalls(session, effects)


def _rest(_now: Instant, _effects: list[Effect]) -> None:
    """Do nothing: a turn may end here."""


def _pause(_now: Instant, _effects: list[Effect]) -> None:
    """Do nothing: a turn ends here, for what follows is as large as what was asked."""

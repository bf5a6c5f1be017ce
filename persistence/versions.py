"""Versions: what is said of a session by one that is whole and the parts after it (``parts``).

Damage may take some of them. A part of a history begins with a piece that was told before: where
that one is not there, or is another, those before it are lost. What happened in the time of those
that are lost is unknown.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from machines import AnySession, PartySession, Stay, Stretch, VoiceSession
from persistence.beside_the_loop import beside_the_loop, let_go_of
from persistence.packing import pack, unpack
from persistence.parts import WHOLE, Since

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from machines import Instant, Kind, Player

__all__ = ["Version", "packed_whole", "whole"]

_Piece = TypeVar("_Piece", Stretch, Stay)

_Packed = tuple[bytes, Since | None]
Version = tuple[AnySession, Since | None]
"""A session, and from where on it holds its histories; None where nothing is left out."""


def packed_whole(kind: Kind, session_id: str, packed: Iterable[_Packed]) -> bytes:
    """Return a packed session as its packed versions say."""
    session = whole((unpack(kind, session_id, each), since) for each, since in packed)
    packed_session = pack(session)
    if type(session) is PartySession:
        let_go_of(session.players)
    return packed_session


def whole(versions: Iterable[Version]) -> AnySession:
    """Return a session as its versions say; the first of them is a part where others are lost."""
    so_far = _SoFar()
    session: AnySession | None = None
    for session, since in versions:
        so_far.add(session, since)
    if session is None:
        raise ValueError("none of its versions says anything")
    return so_far.put_into(session)


class _SoFar:
    """What the versions so far say of whatever they hold only in part."""

    def __init__(self) -> None:
        self._stretches: _History[Stretch] = _History()
        self._stays: _History[Stay] = _History()
        self._players: dict[str, Player] = {}
        self._of_players: dict[str, _History[Stretch]] = {}
        self._confirmed_at: Instant | None = None
        self._lag: dict[str, int] = {}

    def add(self, session: AnySession, since: Since | None) -> None:
        if since is None:
            self._players.clear()
            self._of_players.clear()
            self._lag.clear()
            since = WHOLE
        begun = session.started_at
        self._stretches.goes_on(since.stretches, session.stretches, begun)
        if type(session) is VoiceSession:
            stays = session.stays if since.stays else session.moved
            self._stays.goes_on(since.stays, stays, begun)
        elif type(session) is PartySession:
            self._take_clock(session)
            for player in beside_the_loop(session.players):
                self._add_player(player, since.player)

    def _take_clock(self, party: PartySession) -> None:
        """Where a clock was set, all players are told anew: those who are not lag behind it.

        When a party was confirmed changes with the clock alone; of one that was made from a file of
        old nobody knows that, but its start does not change otherwise.
        """
        at = party.started_at if party.confirmed_at is None else party.confirmed_at
        by = 0 if self._confirmed_at is None else at - self._confirmed_at
        self._confirmed_at = at
        if by:
            players = beside_the_loop(self._players)
            self._lag = {key: self._lag.get(key, 0) + by for key in players}

    def _add_player(self, player: Player, since: int) -> None:
        """Most have short histories, which every version holds."""
        key = player.session_id
        before = self._players.get(key)
        self._players[key] = player
        self._lag.pop(key, None)
        history = self._of_players.get(key)
        if history is None and since:
            history = self._of_players[key] = _History()
            if before is not None:
                history.goes_on(0, before.stretches, before.started_at)
        if history is not None:
            history.goes_on(since, player.stretches, player.started_at)

    def put_into(self, session: AnySession) -> AnySession:
        """Return the last version, with all that it was not whole without."""
        begun = session.started_at
        session = msgspec.structs.replace(
            session,
            stretches=_stretches_of(self._stretches, begun),
            unbounded=session.unbounded or self._stretches.has_lost_its_first,
        )
        if type(session) is VoiceSession:
            session.moved = _stays_of(self._stays, begun)
        elif type(session) is PartySession:
            for key, history in beside_the_loop(self._of_players.items()):
                self._players[key] = _player_of(self._players[key], history)
            for key, by in beside_the_loop(self._lag.items()):
                self._players[key] = self._players[key].shifted(by)
            session.players = list(self._players.values())
        return session


class _History(Generic[_Piece]):
    """The pieces of a history that are known, in order, and at which place each stands."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._places: list[int] = []
        self._begun: Instant | None = None

    def goes_on(self, since: int, pieces: Sequence[_Piece], begun: Instant) -> None:
        """From a place on they are these, of which the first is known unless it is lost.

        Where it is lost, what is known goes with these only if both have ``begun`` at one instant:
        else a clock was set in between, and what it was set in is lost.

        Raises:
            ValueError: there is not even that one.
        """
        at = bisect_left(self._places, since)
        if since:
            if not pieces:
                raise ValueError(f"it has no piece from {since} on, where one was")
            is_known = self._places[at : at + 1] == [since]
            goes_with = self._pieces[at] == pieces[0] if is_known else self._begun == begun
            if not goes_with:
                at = 0  # what is known is of another history, before a clock was set
        self._begun = begun
        self._pieces[at:] = pieces
        self._places[at:] = range(since, since + len(pieces))

    @property
    def has_lost_its_first(self) -> bool:
        """Whether something stood before the first of them."""
        return bool(self._places) and self._places[0] > 0

    def __iter__(self) -> Iterator[tuple[_Piece, bool]]:
        """Yield each, and whether those right before it are lost."""
        expected = 0
        for place, piece in zip(self._places, self._pieces, strict=True):
            yield piece, place > expected
            expected = place + 1


def _stretches_of(history: _History[Stretch], begun: Instant) -> tuple[Stretch, ...]:
    """Return the stretches; what is lost of them is unknown, up to the next that is known."""
    stretches: list[Stretch] = []
    for stretch, follows_a_loss in history:
        known_until = stretches[-1].end if stretches else begun
        if follows_a_loss and known_until < stretch.start:
            stretches.append(Stretch(known_until, stretch.start, "unknown"))
        stretches.append(stretch)
    return tuple(stretches)


def _stays_of(history: _History[Stay], begun: Instant) -> tuple[Stay, ...]:
    """Return the stays; where some are lost, the move to the next may have been at any time."""
    stays: list[Stay] = []
    for stay, follows_a_loss in history:
        if follows_a_loss and not stays:
            stays.append(msgspec.structs.replace(stay, since=begun, floor=begun))
        if follows_a_loss:
            stays.append(msgspec.structs.replace(stay, floor=stays[-1].since))
        else:
            stays.append(stay)
    return tuple(stays)


def _player_of(player: Player, history: _History[Stretch]) -> Player:
    return msgspec.structs.replace(
        player,
        stretches=_stretches_of(history, player.started_at),
        unbounded=player.unbounded or history.has_lost_its_first,
    )

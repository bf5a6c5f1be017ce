"""Parts: of a session that holds very much, only what has changed is written anew.

One version of a session is whole. Those after it are parts: of a party's players they hold only
the one who has changed, and of a history (stretches, stays) only the pieces from a place on, of
which the first was told before. Together (``versions``) they are the session as it is now.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Annotated, Final, Generic, TypeVar

import msgspec

from machines import PartySession, Stay, Stretch, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from machines import AnySession, Player

__all__ = ["LONG", "WHOLE", "Histories", "Since", "alone", "part_of"]

LONG: Final = 64
"""Pieces from which on a history is long: fewer are written anew as quickly."""

_PARTY_ALONE: Final = 4
"""So many players take as much room in a file as what a party is without any: each player that is
written alone comes with that."""

_Place = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Piece = TypeVar("_Piece", Stretch, Stay)


class Since(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """From which piece on a version holds a session's histories; 0 is all of it.

    Attributes:
        stretches: the place of the first of the session's own stretches that it holds.
        stays: likewise of a voice session's stays.
        player: likewise of the stretches of the one player that it holds of a party.
    """

    stretches: _Place = 0
    stays: _Place = 0
    player: _Place = 0

    def or_earlier(self, other: Since) -> Since:
        """Return from where on both of them hold a session's own histories."""
        return Since(min(self.stretches, other.stretches), min(self.stays, other.stays))


WHOLE: Final = Since()


def alone(party: PartySession, *players: Player) -> PartySession:
    """Return a copy of a party with none but these of its players."""
    return msgspec.structs.replace(party, players=list(players))


def part_of(session: AnySession, since: Since, player: Player | None = None) -> AnySession:
    """Return a copy of a session with its histories from there on, and of players only this."""
    part = msgspec.structs.replace(session, stretches=session.stretches[since.stretches :])
    if type(part) is VoiceSession:
        part.moved = part.moved[since.stays :]
    elif type(part) is PartySession and player is not None:
        if since.player:
            stretches = player.stretches[since.player :]
            player = msgspec.structs.replace(player, stretches=stretches)
        part.players = [player]
    return part


class _End(Generic[_Piece]):
    """How far a history has been told: so many pieces, and which was the last of them."""

    __slots__ = ("_count", "_last")

    def __init__(self) -> None:
        self._count = 0
        self._last: _Piece | None = None

    def goes_on(self, pieces: tuple[_Piece, ...]) -> int:
        """Return from which piece on to tell these: from the last that was told, or from the first.

        A history is appended to, or made anew with other pieces: so where the very piece that was
        the last still stands in its place, those before it do as well.
        """
        count, last = self._count, self._last
        self._count, self._last = len(pieces), pieces[-1] if pieces else None
        if 0 < count <= len(pieces) and pieces[count - 1] is last:
            return count - 1
        return 0


class _Told:
    """How far the histories of one session have been told, by the last version of it."""

    __slots__ = ("players", "stays", "stretches")

    def __init__(self) -> None:
        self.stretches: _End[Stretch] = _End()
        self.stays: _End[Stay] = _End()
        self.players: dict[str, _End[Stretch]] = {}

    def go_on(self, session: AnySession) -> Since:
        stays = self.stays.goes_on(session.moved) if type(session) is VoiceSession else 0
        return Since(self.stretches.goes_on(session.stretches), stays)

    def go_on_with(self, player: Player) -> int:
        if len(player.stretches) < LONG:
            self.players.pop(player.session_id, None)
            return 0
        return self.players.setdefault(player.session_id, _End()).goes_on(player.stretches)


class Histories:
    """How far the histories of each session have been told, where there are long ones.

    Attributes:
        told: that, by the session's id.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.told: dict[str, _Told] = {}

    def go_on(self, session: AnySession) -> Since:
        """Return from where on to tell the histories of a session; that tells all of them."""
        return self.told.setdefault(session.id, _Told()).go_on(session)

    def go_on_with(
        self, party: PartySession, changed: Collection[Player]
    ) -> tuple[Since, Iterable[tuple[Player, int]]] | None:
        """Return from where on to tell those of a party, and of each of these players.

        None where a party is shorter whole than with these of its players one by one.
        """
        is_long = len(party.stretches) >= LONG
        for player in changed:
            is_long = is_long or len(player.stretches) >= LONG
        if not is_long and len(changed) * (_PARTY_ALONE + 1) > _PARTY_ALONE + len(party.players):
            return None
        told = self.told.get(party.id)
        if told is None:
            if not is_long:
                return WHOLE, zip(changed, repeat(0), strict=False)
            told = self.told[party.id] = _Told()
        return told.go_on(party), [(each, told.go_on_with(each)) for each in changed]

    def forget(self, session_id: str) -> None:
        """All of a session is told without asking here, or nothing: next time all of it must be."""
        self.told.pop(session_id, None)

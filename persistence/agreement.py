"""How the snapshot and the ledger agree: what the ledger holds is over, whatever else says not.

Between a session's ledger row and the snapshot without it, or without its part in a party, the
last run may have died. A party that goes on as another is that other from its row on; without the
row it is still the first.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import msgspec

from machines import (
    Instant,
    LiveState,
    PartySession,
    most_at_once,
    next_chapter,
    next_chapter_id,
    part_after,
)
from persistence.beside_the_loop import beside_the_loop
from persistence.errors import LedgerError
from persistence.live_players import doubted, is_game_of
from persistence.protocols import HistoryFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines import AnySession, Player, Record
    from persistence.protocols import Restored

__all__ = ["EndsSince", "agree", "ask_for_start"]

EndsSince = Callable[[LiveState], Instant | None]
"""Says from when on sessions that ended are wanted, beside those that go on; None: from ever."""

_MOST = 10_000
"""Records of those that are read at most, the newest."""


class _Ended(Protocol):
    """What the ledger, and whoever stands in for it, says of sessions that are over."""

    def contains(self, ids: Iterable[str]) -> set[str]: ...

    def record(self, session_id: str) -> Record | None: ...


class _Asked(_Ended, Protocol):
    """A ledger that can be asked all that a start wants to know."""

    def history(self, wanted: HistoryFilter, /) -> Iterator[Record]: ...


def ask_for_start(
    restored: Restored, ledger: _Asked, ends_since: EndsSince | None
) -> list[PartySession]:
    """Ask the ledger all that a start wants to know of it: damage that is in the way shows here.

    Besides what :func:`agree` does, who ended last is held in ``restored.ended``, in the order in
    which they did, where ``ends_since`` asks for it.

    Returns:
        What :func:`agree` does.

    Raises:
        LedgerError: the ledger cannot be read. What it said before is heeded already.
        NewerSchemaError: a newer version wrote it.
    """
    changed = agree(restored, ledger)
    if ends_since is not None:
        since = ends_since(restored.state)
        wanted = HistoryFilter(since=since, newest_first=True, limit=_MOST)
        restored.ended = list(ledger.history(wanted))
        restored.ended.reverse()
    return changed


class _WithWaiting:
    """The ledger, as if it had the records that wait for it."""

    def __init__(self, ledger: _Ended, waiting: Iterable[Record]) -> None:
        self._ledger = ledger
        self._waiting = {record.id: record for record in waiting}

    def contains(self, ids: Iterable[str]) -> set[str]:
        wanted = set(ids)
        return self._ledger.contains(wanted) | (self._waiting.keys() & wanted)

    def record(self, session_id: str) -> Record | None:
        return self._waiting.get(session_id) or self._ledger.record(session_id)


def agree(restored: Restored, ledger: _Ended) -> list[PartySession]:
    """Leave out the sessions that the ledger holds; return the parties of which it knew more.

    What waits for the ledger counts as held by it. Of a party that goes on, what follows its row
    is there in its place.

    The sessions left out are named as duplicates. Whoever was a player with one of them, or
    with one that the snapshot has let go of already, is a player no longer. Where something was
    damaged, and a player's session is in neither of the two, nothing is known of that player since
    the party was told of them last: what happened then stood in that session's entry alone.

    Raises:
        LedgerError: the ledger cannot be read.
        NewerSchemaError: a newer version wrote it.
    """
    if restored.waiting:
        ledger = _WithWaiting(ledger, restored.waiting)
    state = restored.state
    ended = ledger.contains(session.id for session in beside_the_loop(state.sessions))
    left_out = ended | _begun_without_row(state, ended)
    going_on: list[PartySession] = []
    if left_out:
        sessions = state.sessions
        going_on = list(_going_on(sessions, ended, ledger))
        restored.duplicates += [e.id for e in beside_the_loop(sessions) if e.id in left_out]
        state.sessions = [each for each in beside_the_loop(sessions) if each.id not in left_out]
        restored.unplaced = [each for each in restored.unplaced if each.id not in left_out]
        state.sessions += going_on
    changed = _end_players(restored, ledger)
    return [*going_on, *(each for each in changed if each not in going_on)]


def _begun_without_row(state: LiveState, ended: set[str]) -> set[str]:
    """Return the parties that go on from one of which the ledger has no row: that one goes on."""
    parties = [each for each in beside_the_loop(state.sessions) if type(each) is PartySession]
    following = {next_chapter_id(each.id) for each in parties if each.id not in ended}
    return {each.id for each in parties if each.id in following}


def _going_on(
    sessions: list[AnySession], ended: set[str], ledger: _Ended
) -> Iterator[PartySession]:
    """Yield what parties go on as that the ledger says do so, where nothing holds it yet."""
    ids = {each.id for each in beside_the_loop(sessions)}
    for session in beside_the_loop(sessions):
        if type(session) is not PartySession or session.id not in ended:
            continue
        following = _after_its_row(session, ledger)
        while following is not None and following.id not in ids:
            if not ledger.contains((following.id,)):
                yield following
                break
            following = _after_its_row(following, ledger)  # several may be written


def _after_its_row(party: PartySession, ledger: _Ended) -> PartySession | None:
    """Return what a party goes on as from the end of its record, if that says so."""
    with suppress(LedgerError):  # one that is damaged says nothing
        record = ledger.record(party.id)
        if record is not None and record.reason == "goes_on":
            at = record.ended_at
            parts = (part_after(each, at) for each in beside_the_loop(party.players))
            following = next_chapter(party, at, (each for each in parts if each))
            for most in beside_the_loop(most_at_once(following.players)):
                following.max_players = min(most, party.max_players)
            following.state = "confirmed"
            return following
    return None


def _end_players(restored: Restored, ledger: _Ended) -> list[PartySession]:
    state = restored.state
    parties = [each for each in beside_the_loop(state.sessions) if type(each) is PartySession]
    if not parties:
        return []
    followed = set(restored.duplicates)
    left = {player.session_id for party in parties for player in _still_there(party)}
    for session in beside_the_loop(state.sessions):
        left.discard(session.id)
    ended = ledger.contains(left) if left else set[str]()
    lost = left - ended if restored.warnings else set[str]()
    return [
        party
        for party in parties
        if _end_those(party, ended, followed, ledger) | _doubt_those(party, lost, state)
    ]


def _still_there(party: PartySession) -> Iterator[Player]:
    """Yield the players who are said to be there."""
    return (player for player in beside_the_loop(party.players) if player.ended_at is None)


def _end_those(party: PartySession, ended: set[str], followed: set[str], ledger: _Ended) -> bool:
    """Let players be as the ledger says.

    That is those whom the party has there still, of the ``ended``; and those whom it had follow
    (``followed``) a game that the snapshot held when it was over already.
    """
    changed = False
    for place, player in enumerate(beside_the_loop(party.players)):
        is_there = player.ended_at is None and player.session_id in ended
        if is_there or player.session_id in followed:
            with suppress(LedgerError):  # one that is damaged says nothing
                record = ledger.record(player.session_id)
                if record is not None:
                    party.players[place] = _after(player, party, record)
                    changed = changed or party.players[place] is not player
    return changed


def _after(player: Player, party: PartySession, record: Record) -> Player:
    if player.ended_at is not None and not is_game_of(player, party, record):
        return player
    gone = msgspec.structs.replace(player, ended_at=record.ended_at, stretches=record.stretches)
    return party.own_part(gone)


def _doubt_those(party: PartySession, lost: set[str], state: LiveState) -> bool:
    """Let nothing be known of players since they were told last, up to the last that is known."""
    changed = False
    for place, player in enumerate(beside_the_loop(party.players)):
        is_lost = player.session_id in lost and player.user_id >= 0  # of the others all was told
        if is_lost and player.ended_at is None:
            party.players[place] = doubted(player, _known_until(party, state))
            changed = changed or party.players[place] is not player
    return changed


def _known_until(party: PartySession, state: LiveState) -> Instant:
    """Return up to when its guild was watched: after that the engine knows of nobody."""
    watched = [each.observed_until for each in state.guilds if each.guild_id == party.guild_id]
    known = [at for at in (*watched, state.saved_at) if at is not None]
    return known[0] if known else party.last_seen

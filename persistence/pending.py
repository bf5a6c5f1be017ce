"""What has changed since the last write: the last word of each entry, and of each player.

Of sessions a copy waits, as they were when they were put, and a cooldown waits as it is: whoever
takes the changes packs them, which is not on the event loop.
"""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Final

import msgspec

from machines import AnySession, Cooldown
from persistence.beside_the_loop import let_go_of
from persistence.journal import EntryChange
from persistence.packing import pack
from persistence.party_players import alone
from persistence.snapshot_entries import SECTIONS
from persistence.snapshot_format import encode_cooldown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines import PartySession, Player
    from persistence.snapshot_entries import Section

__all__ = ["Entry", "Pending"]

_log = logging.getLogger("latido.persistence")

_BATCH: Final = 8_000
"""Entries in one dict: a larger one holds everything up for milliseconds when it has to grow."""

Entry = AnySession | Cooldown | bytes | None
_Entries = dict[str, Entry]


class Pending:
    """Changes that wait. They never outgrow what is held, however long the disk fails."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._entries: dict[Section, list[_Entries]] = {section: [{}] for section in SECTIONS}
        self._parties: dict[str, _Players] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        batches, parties = chain.from_iterable(self._entries.values()), self._parties.values()
        return sum(map(len, batches)) + sum(map(len, parties))

    def add(self, section: Section, key: str, entry: Entry) -> None:
        """Let an entry be this from now on, or gone, in place of what that makes out of date.

        A session must be a copy that nobody changes any more.
        """
        batches = self._entries[section]
        batches[-1][key] = entry
        if len(batches) > 1 or len(batches[0]) >= _BATCH:
            _close_full(batches, key)
        if section == "party_sessions":
            self._parties.pop(key, None)

    def add_players(self, party: PartySession, players: Iterable[Player]) -> None:
        """Let a party be this from now on, but for its players; of those let these be so.

        The party must be a copy that nobody changes any more.
        """
        held = self._parties.get(party.id)
        if held is None:
            held = self._parties[party.id] = _Players(party)
        held.party = party
        held.of.update({player.session_id: player for player in players})

    def take(self) -> Pending:
        """Return them all by themselves, and wait for the next."""
        taken = Pending()
        taken._entries, self._entries = self._entries, taken._entries
        taken._parties, self._parties = self._parties, taken._parties
        return taken

    def drain(self) -> Iterator[EntryChange]:
        """Yield them packed, and hold none any more; players come after what they changed."""
        for section, batches in self._entries.items():
            for entries in batches:
                yield from _changes(section, entries)
                let_go_of(entries)
        for players in self._parties.values():
            yield from players.drain()
        self._parties.clear()


def _close_full(batches: list[_Entries], key: str) -> None:
    """Let the last word of an entry be the only one, and begin another batch after a full one."""
    for earlier in batches[:-1]:
        earlier.pop(key, None)
    if len(batches[-1]) >= _BATCH:
        batches.append({})


def _changes(section: Section, entries: _Entries) -> Iterator[EntryChange]:
    for key, entry in entries.items():
        if isinstance(entry, Cooldown):
            yield EntryChange(section, key, encode_cooldown(entry))
        elif not isinstance(entry, msgspec.Struct):
            yield EntryChange(section, key, entry)
        elif (packed := _packed(entry)) is not None:
            yield EntryChange(section, key, packed, session=entry)


class _Players:
    """A party as it is by now, and those of its players that have changed."""

    def __init__(self, party: PartySession) -> None:
        self.party = party
        self.of: dict[str, Player] = {}

    def __len__(self) -> int:
        return len(self.of)

    def drain(self) -> Iterator[EntryChange]:
        """Yield a change for each of them, in the order in which they first came."""
        key = self.party.id
        for session_id, player in self.of.items():
            party = alone(self.party, player)
            packed = _packed(party)
            if packed is not None:
                yield EntryChange("party_sessions", key, packed, session_id, party)
        let_go_of(self.of)


def _packed(session: AnySession) -> bytes | None:
    """Return it packed; None, which is logged, where it cannot be: the others must not go too."""
    try:
        return pack(session)
    except (OverflowError, TypeError, ValueError) as error:
        _log.error("Session %s cannot be written: %s. Report this.", session.id, error)
        return None

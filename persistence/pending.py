"""What has changed since the last write: the last word of each entry, and of each player.

Of sessions a copy waits, as they were when they were put: whoever takes the changes packs
them, which is not on the event loop.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from persistence.beside_the_loop import let_go_of
from persistence.journal import Change
from persistence.packing import pack
from persistence.snapshot_entries import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machines import AnySession
    from persistence.snapshot_entries import Section

__all__ = ["Pending"]

_log = logging.getLogger("latido.persistence")


class Pending:
    """Changes that wait. They never outgrow what is held, however long the disk fails."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._entries: dict[Section, dict[str, AnySession | bytes | None]] = {
            section: {} for section in SECTIONS
        }
        self._parties: dict[str, _Players] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        entries, parties = self._entries.values(), self._parties.values()
        return sum(map(len, entries)) + sum(map(len, parties))

    def add(self, section: Section, key: str, entry: AnySession | bytes | None) -> None:
        """Let an entry be this from now on, or gone, in place of what that makes out of date.

        A session must be a copy that nobody changes any more.
        """
        self._entries[section][key] = entry
        if section == "party_sessions":
            self._parties.pop(key, None)

    def add_player(self, change: Change, player: str) -> None:
        """Let one player of a party be another from now on."""
        self._parties.setdefault(change.key, _Players()).add(player, change)

    def take(self) -> Pending:
        """Return them all by themselves, and wait for the next."""
        taken = Pending()
        taken._entries, self._entries = self._entries, taken._entries
        taken._parties, self._parties = self._parties, taken._parties
        return taken

    def drain(self) -> Iterator[Change]:
        """Yield them packed, and hold none any more; players come after what they changed."""
        for section, entries in self._entries.items():
            for key, entry in entries.items():
                try:
                    packed = pack(entry) if isinstance(entry, msgspec.Struct) else entry
                except (OverflowError, TypeError, ValueError) as error:
                    # What is wrong with one session must not take the others along.
                    _log.error("Session %s cannot be written: %s. Report this.", key, error)
                    continue
                yield Change(section, key, packed)
            let_go_of(entries)
        for players in self._parties.values():
            yield from players.drain()
        self._parties.clear()


class _Players:
    """The changes of a party's players, one each, in the order in which they first came."""

    def __init__(self) -> None:
        self._of: dict[str, Change] = {}
        self._latest: Change | None = None

    def __len__(self) -> int:
        return len(self._of)

    def add(self, player: str, change: Change) -> None:
        self._of[player] = change
        self._latest = change

    def drain(self) -> Iterator[Change]:
        """Yield them; the latest, which says what the party is by now, is always the last."""
        change = None
        for change in self._of.values():
            yield change
        if self._latest is not None and change is not self._latest:
            yield self._latest
        let_go_of(self._of)

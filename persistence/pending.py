"""What has changed since the last write: the last word of each entry, and of each part.

Of sessions and watches a copy waits, as they were when they were put, and a cooldown waits as it
is: whoever takes the changes packs them, which is not on the event loop.
"""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Final

import msgspec

from machines import AnySession, Cooldown, GuildWatch
from persistence.beside_the_loop import let_go_of
from persistence.journal import EntryChange
from persistence.packing import pack, pack_watch
from persistence.parts import Since, part_of
from persistence.snapshot_entries import SECTION_OF, SECTIONS
from persistence.snapshot_format import encode_cooldown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines import Player
    from persistence.snapshot_entries import Section

__all__ = ["Entry", "Pending"]

_log = logging.getLogger("latido.persistence")

_BATCH: Final = 8_000
"""Entries in one dict: a larger one holds everything up for milliseconds when it has to grow."""

_OF_SESSIONS: Final = frozenset(SECTION_OF.values())

Entry = AnySession | Cooldown | GuildWatch | None
_Entries = dict[str, Entry]


class Pending:
    """Changes that wait. They never outgrow what is held, however long the disk fails."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._entries: dict[Section, list[_Entries]] = {section: [{}] for section in SECTIONS}
        self._parts: dict[str, _Parts] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        batches, parts = chain.from_iterable(self._entries.values()), self._parts.values()
        return sum(map(len, batches)) + sum(map(len, parts))

    def add(self, section: Section, key: str, entry: Entry) -> None:
        """Let an entry be this from now on, or gone, in place of what that makes out of date.

        A session, or a watch, must be a copy that nobody changes any more.
        """
        batches = self._entries[section]
        batches[-1][key] = entry
        if len(batches) > 1 or len(batches[0]) >= _BATCH:
            _close_full(batches, key)
        if self._parts and section in _OF_SESSIONS:
            self._parts.pop(key, None)

    def add_parts(
        self, session: AnySession, since: Since, players: Iterable[tuple[Player, int]] = ()
    ) -> None:
        """Let a session be this from now on, but for what came before; and of players only these.

        Args:
            session: a copy that nobody changes any more.
            since: from where on its histories are news.
            players: of a party, those that have changed, each with where their stretches are.
        """
        held = self._parts.get(session.id)
        if held is None:
            held = self._parts[session.id] = _Parts(session, since)
        held.add(session, since, players)

    def take(self) -> Pending:
        """Return them all by themselves, and wait for the next."""
        taken = Pending()
        taken._entries, self._entries = self._entries, taken._entries
        taken._parts, self._parts = self._parts, taken._parts
        return taken

    def drain(self) -> Iterator[EntryChange]:
        """Yield them packed, and hold none any more; parts come after what they are of.

        Sessions come before watches. Of a write that is cut only the beginning is read, and a
        watch that says that a cut is over must not be alone in that.
        """
        for section in SECTIONS:
            if section not in _OF_SESSIONS:
                yield from self._drain_parts()
            for entries in self._entries[section]:
                yield from _changes(section, entries)
                let_go_of(entries)

    def _drain_parts(self) -> Iterator[EntryChange]:
        for parts in self._parts.values():
            yield from parts.drain()
        self._parts.clear()


def _close_full(batches: list[_Entries], key: str) -> None:
    """Let the last word of an entry be the only one, and begin another batch after a full one."""
    for earlier in batches[:-1]:
        earlier.pop(key, None)
    if len(batches[-1]) >= _BATCH:
        batches.append({})


def _changes(section: Section, entries: _Entries) -> Iterator[EntryChange]:
    for key, entry in entries.items():
        if entry is None:
            yield EntryChange(section, key, None)
        elif isinstance(entry, Cooldown):
            yield EntryChange(section, key, encode_cooldown(entry))
        elif isinstance(entry, GuildWatch):
            yield EntryChange(section, key, pack_watch(entry), unpacked=entry)
        elif (packed := _packed(entry)) is not None:
            yield EntryChange(section, key, packed, unpacked=entry)


class _Parts:
    """A session as it is by now, and what of it has changed."""

    def __init__(self, session: AnySession, since: Since) -> None:
        self._session = session
        self._since = since
        self._players: dict[str, tuple[Player, int]] = {}

    def __len__(self) -> int:
        return max(1, len(self._players))

    def add(self, session: AnySession, since: Since, players: Iterable[tuple[Player, int]]) -> None:
        """What is news by now is so from the earlier of both places on."""
        self._session = session
        if since is not self._since:
            self._since = self._since.or_earlier(since)
        for player, place in players:
            before = self._players.get(player.session_id)
            earlier = place if before is None else min(place, before[1])
            self._players[player.session_id] = player, earlier

    def drain(self) -> Iterator[EntryChange]:
        """Yield a change for each player of a party, in the order in which they first came."""
        if not self._players:
            yield from self._change(self._since)
        told = self._since
        for player, place in self._players.values():
            since = msgspec.structs.replace(told, player=place) if place else told
            for change in self._change(since, player):
                yield change
                told = Since(max(0, len(self._session.stretches) - 1))  # those after say no more
        let_go_of(self._players)

    def _change(self, since: Since, player: Player | None = None) -> Iterator[EntryChange]:
        part = part_of(self._session, since, player)
        packed = _packed(part)
        if packed is not None:
            session_id = None if player is None else player.session_id
            section = SECTION_OF[part.kind]
            yield EntryChange(section, part.id, packed, since, session_id, part)


def _packed(session: AnySession) -> bytes | None:
    """Return it packed; None, which is logged, where it cannot be: the others must not go too."""
    try:
        return pack(session)
    except (OverflowError, TypeError, ValueError) as error:
        _log.error("Session %s cannot be written: %s. Report this.", session.id, error)
        return None

"""What has changed since the last write: the last word of each entry, and of each player."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from persistence.journal import Change
    from persistence.snapshot_entries import Section

__all__ = ["Pending"]


class Pending:
    """Changes that wait. They never outgrow what is held, however long the disk fails."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._entries: dict[tuple[Section, str], Change] = {}
        self._parties: dict[str, _Players] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._entries) + sum(len(players) for players in self._parties.values())

    def add(self, change: Change) -> None:
        """Let a change wait, in place of what it makes out of date."""
        if change.player is not None:
            self._parties.setdefault(change.key, _Players()).add(change.player, change)
            return
        self._entries[change.section, change.key] = change
        if change.section == "party_sessions":
            self._parties.pop(change.key, None)

    def take(self) -> list[Change]:
        """Return them all, and wait for the next; players come after what they changed."""
        changes = list(self._entries.values())
        for players in self._parties.values():
            changes += players.changes()
        self._entries, self._parties = {}, {}
        return changes


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

    def changes(self) -> list[Change]:
        """Return them; the latest, which says what the party is by now, is always the last."""
        changes = list(self._of.values())
        if self._latest is not None and changes[-1] is not self._latest:
            changes.append(self._latest)
        return changes

"""Entries: what the changes so far have made of a snapshot.

Of a large party, players change one by one. What is held then is the party as it was when it
was last put whole, and after it each version with one player only (``party_players``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from persistence.snapshot_entries import SECTIONS

if TYPE_CHECKING:
    from persistence.snapshot_entries import Section

__all__ = ["Entries"]

_Entry = TypeVar("_Entry")


class Entries(Generic[_Entry]):
    """Every section's entries by key, packed or as text.

    Attributes:
        of: the entries, section by section.
        later: for parties, by their key: the versions with one player that came after.
    """

    def __init__(self, of: dict[Section, dict[str, _Entry]] | None = None) -> None:
        """Hold these, or nothing."""
        self.of: dict[Section, dict[str, _Entry]] = (
            {section: {} for section in SECTIONS} if of is None else of
        )
        self.later: dict[str, list[_Entry]] = {}

    def apply(
        self, section: Section, key: str, entry: _Entry | None, *, one_player: bool = False
    ) -> None:
        """Let an entry be this from now on, or be gone.

        ``one_player``: it holds one player of a party, whose others stay as they are; where
        these are lost, it is all there is.
        """
        held = self.of[section]
        if one_player and entry is not None and key in held:
            self.later.setdefault(key, []).append(entry)
            return
        if section == "party_sessions":
            self.later.pop(key, None)
        if entry is None:
            held.pop(key, None)
        else:
            held[key] = entry

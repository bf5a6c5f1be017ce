"""Entries: what the changes so far have made of a snapshot.

Of a session that holds very much, parts change. What is held then is the session as it was when
it was last put whole, and after it each part (``parts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from persistence.snapshot_entries import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from persistence.parts import Since
    from persistence.snapshot_entries import Section

__all__ = ["Entries"]

_Entry = TypeVar("_Entry")


class Entries(Generic[_Entry]):
    """Every section's entries by key, packed or as text.

    Attributes:
        of: the entries, section by section; a part where the whole is lost.
    """

    def __init__(self, of: dict[Section, dict[str, _Entry]] | None = None) -> None:
        """Hold these, or nothing."""
        self.of: dict[Section, dict[str, _Entry]] = (
            {section: {} for section in SECTIONS} if of is None else of
        )
        self._parts: dict[Section, dict[str, list[tuple[_Entry, Since]]]] = {
            section: {} for section in SECTIONS
        }

    def apply(
        self, section: Section, key: str, entry: _Entry | None, since: Since | None = None
    ) -> None:
        """Let an entry be this from now on, or be gone.

        ``since``: it is a part, which leaves the rest as it is, and begins there.
        """
        held, parts = self.of[section], self._parts[section]
        if since is not None and entry is not None:
            held.setdefault(key, entry)
            parts.setdefault(key, []).append((entry, since))
            return
        if parts:
            parts.pop(key, None)
        if entry is None:
            held.pop(key, None)
            if not held:
                held.clear()  # a dict that was emptied keeps room for all that it has held
        else:
            held[key] = entry

    def in_parts(self, section: Section) -> list[str]:
        """Return the keys of a section's entries of which there are parts."""
        return list(self._parts[section])

    def parts_of(self, section: Section, key: str) -> list[tuple[_Entry, Since]]:
        """Return the parts that there are of an entry, in order."""
        return self._parts[section].get(key, [])

    def versions_of(self, section: Section, key: str) -> Iterator[tuple[_Entry, Since | None]]:
        """Yield the whole entry, unless it is lost, and its parts, each with where it begins."""
        entry, parts = self.of[section][key], self.parts_of(section, key)
        if not parts or parts[0][0] is not entry:
            yield entry, None
        yield from parts

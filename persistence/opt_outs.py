"""Who does not want to be tracked, and since when whoever is tracked again counts.

It is a file of ids in DATA_DIR, and nothing else of them. Those who were let in again, or were
forgotten, are in it with the instant from which they count, for as long as anything may be found of
them that began before: :data:`COUNTED_FOR`. Nothing else knows it after a restart.

Unlike other files, one that cannot be read stops the start: going on without it would track
people who asked not to be.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from machines import Instant, Snowflake, seconds
from persistence.atomic_file import replace_file
from persistence.disk import Disk, OsDisk
from persistence.errors import (
    NewerSchemaError,
    PersistenceError,
    SnapshotWriteError,
    UnreadableError,
    reason_of,
)
from persistence.iso_time import from_text, to_text, wall_clock
from persistence.reading import problem_of

if TYPE_CHECKING:
    from pathlib import Path

    from persistence.iso_time import Clock

__all__ = ["COUNTED_FOR", "OPT_OUTS_NAME", "OptOuts"]

OPT_OUTS_NAME = "opted_out.json"
_SCHEMA = 1

COUNTED_FOR: Final = seconds(7 * 24 * 3_600)
"""How long it is kept since when somebody counts, in microseconds: a week.

It bounds what is found of them until something is heard of them, or everybody is looked at, in each
guild. After a week nobody is on at the same game, or in the same call, of whom a bot that runs has
neither heard nor seen anything since.
"""


class _Document(msgspec.Struct):
    user_ids: list[Snowflake]
    schema: int = _SCHEMA
    counting_since: dict[Snowflake, str] = {}


_WITHOUT: Final = "Without it whoever opted out would be tracked, so nothing is begun: "
_HELPS: Final = (
    "mend it, or put that of a backup in its place (latido restore BACKUP --data-dir ANOTHER has "
    "it), or remove it where nobody has opted out."
)


class OptOuts:
    """The people who opted out, and those who came to count again.

    Attributes:
        user_ids: the ids of those who opted out; always the same set, so that whoever holds it
            hears of changes.
        counting_since: of whoever was let in again, or forgotten while they counted, from when on
            they count; nobody who is out is in it.
    """

    def __init__(self, folder: Path, disk: Disk | None = None, now: Clock = wall_clock) -> None:
        """Read the list of DATA_DIR; empty where there is none.

        Args:
            folder: DATA_DIR.
            disk: where it is read and written; None is this machine's.
            now: the clock, for whoever counts from now on.

        Raises:
            NewerSchemaError: a newer version wrote it.
            UnreadableError: it is not such a file.
        """
        self._path = folder / OPT_OUTS_NAME
        self._disk = OsDisk() if disk is None else disk
        self._now = now
        self._writing = threading.Lock()
        self.user_ids: set[int] = set()
        self.counting_since: dict[int, Instant] = {}
        self._take_in(*self._read())

    def add(self, user_id: int) -> bool:
        """Opt a person out, durably; return whether they were not out yet.

        Raises:
            SnapshotWriteError: it cannot be written; the person is out until the next start.
        """
        added = user_id not in self.user_ids
        self.user_ids.add(user_id)
        self.counting_since.pop(user_id, None)
        self.write()
        return added

    def remove(self, user_id: int, since: Instant | None = None) -> bool:
        """Let a person in again, durably; return whether they were out.

        Args:
            user_id: the person.
            since: from when on they count; None is now.

        Raises:
            SnapshotWriteError: it cannot be written; the person is in until the next start.
        """
        removed = user_id in self.user_ids
        if removed:
            self.counting_since[user_id] = self._now() if since is None else since
        self.user_ids.discard(user_id)
        self.write()
        return removed

    def count_from(self, user_id: int, since: Instant | None = None) -> None:
        """Let a person who is forgotten count from then on, durably, unless they are out.

        Args:
            user_id: the person.
            since: from when on they count; None is now.

        Raises:
            SnapshotWriteError: it cannot be written; it holds until the next start.
        """
        if user_id not in self.user_ids:
            self.counting_since[user_id] = self._now() if since is None else since
            self.write()

    def forget(self, user_id: int) -> bool:
        """Hold of a person no more than that they are out, durably; return whether more was held.

        Raises:
            SnapshotWriteError: it cannot be written; it holds until the next start.
        """
        held = self.counting_since.pop(user_id, None) is not None
        if held:
            self.write()
        return held

    def let_go(self, until: Instant) -> None:
        """Hold no more of whoever counts since an instant, or longer, durably.

        Raises:
            SnapshotWriteError: it cannot be written, and they are held on.
        """
        gone = {each: since for each, since in self.counting_since.copy().items() if since <= until}
        for user_id in gone:
            self.counting_since.pop(user_id, None)
        try:
            if gone:
                self.write()
        except SnapshotWriteError:
            self._take_in(set(), gone)
            raise

    def shift(self, by: int) -> None:
        """Move every instant by ``by`` microseconds, for the clock was set; :meth:`write` it."""
        moved = {each: since + by for each, since in self.counting_since.copy().items()}
        self.counting_since.update(moved)

    def take_over(self, other: OptOuts) -> None:
        """Take in what another folder says, durably: who is out in either is out.

        Of whoever counts again in both the later instant holds.

        Raises:
            OSError: it cannot be written.
        """
        self._take_in(other.user_ids, other.counting_since)
        if other.user_ids or other.counting_since:
            self._replace()

    def keep(self) -> None:
        """Write the list to a folder that took the place of the one it was in.

        Who opted out in either is out, and of whoever counts again in both the later instant holds.

        Raises:
            OSError: it cannot be written.
        """
        with suppress(PersistenceError):  # what cannot be read there says nothing more
            self._take_in(*self._read())
        if self.user_ids or self.counting_since:
            self._replace()

    def write(self) -> None:
        """Write it all, durably.

        Raises:
            SnapshotWriteError: it cannot be written.
        """
        try:
            self._replace()
        except OSError as error:
            raise SnapshotWriteError(
                f"{self._path} cannot be written ({reason_of(error)}): free space or repair "
                f"access to {self._path.parent}, and ask for it again."
            ) from error

    def _take_in(self, user_ids: set[int], counting_since: dict[int, Instant]) -> None:
        self.user_ids.update(user_ids)
        for user_id, since in counting_since.items():
            self.counting_since[user_id] = max(since, self.counting_since.get(user_id, since))
        for user_id in self.user_ids:
            self.counting_since.pop(user_id, None)

    def _read(self) -> tuple[set[int], dict[int, Instant]]:
        if not self._disk.exists(self._path):
            return set(), {}
        try:
            document = msgspec.json.decode(self._disk.read(self._path), type=_Document)
            if document.schema > _SCHEMA:
                raise NewerSchemaError(self._path, document.schema, _SCHEMA)
            since = {each: from_text(text) for each, text in document.counting_since.items()}
        except OSError as error:
            raise UnreadableError(
                self._path, reason_of(error), _WITHOUT + "repair access to it."
            ) from error
        except (ValueError, OverflowError, RecursionError) as error:
            raise UnreadableError(self._path, problem_of(error), _WITHOUT + _HELPS) from error
        return set(document.user_ids), since

    def _replace(self) -> None:
        """Write it, one after the other: what is written last holds all that was said before."""
        with self._writing:
            since = {each: to_text(at) for each, at in sorted(self.counting_since.copy().items())}
            document = _Document(sorted(self.user_ids), counting_since=since)
            replace_file(self._disk, self._path, msgspec.json.encode(document))

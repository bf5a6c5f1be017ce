"""Who does not want to be tracked: a list of ids in DATA_DIR, and nothing else of them.

Unlike other files, one that cannot be read stops the start: going on without it would track
people who asked not to be.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from machines import Snowflake
from persistence.atomic_file import replace_file
from persistence.disk import Disk, OsDisk
from persistence.errors import (
    NewerSchemaError,
    PersistenceError,
    SnapshotWriteError,
    UnreadableError,
    reason_of,
)
from persistence.reading import problem_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OPT_OUTS_NAME", "OptOuts"]

OPT_OUTS_NAME = "opted_out.json"
_SCHEMA = 1


class _Document(msgspec.Struct):
    user_ids: list[Snowflake]
    schema: int = _SCHEMA


class OptOuts:
    """The people who opted out.

    Attributes:
        user_ids: their ids; always the same set, so that whoever holds it hears of changes.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        """Read the list of DATA_DIR; empty where there is none.

        Raises:
            NewerSchemaError: a newer version wrote it.
            UnreadableError: it is not such a file.
        """
        self._path = folder / OPT_OUTS_NAME
        self._disk = OsDisk() if disk is None else disk
        self.user_ids: set[int] = set(self._read())

    def add(self, user_id: int) -> bool:
        """Opt a person out, durably; return whether they were not out yet.

        Raises:
            SnapshotWriteError: it cannot be written; the person is out until the next start.
        """
        added = user_id not in self.user_ids
        self.user_ids.add(user_id)
        self._write()
        return added

    def remove(self, user_id: int) -> bool:
        """Let a person in again, durably; return whether they were out.

        Raises:
            SnapshotWriteError: it cannot be written; the person is in until the next start.
        """
        removed = user_id in self.user_ids
        self.user_ids.discard(user_id)
        self._write()
        return removed

    def keep(self) -> None:
        """Write the list to a folder that took the place of the one it was in.

        Who opted out in either is out.

        Raises:
            OSError: it cannot be written.
        """
        with suppress(PersistenceError):  # what cannot be read there says nothing more
            self.user_ids.update(self._read())
        if self.user_ids:
            replace_file(self._disk, self._path, self._data())

    def _read(self) -> list[int]:
        if not self._disk.exists(self._path):
            return []
        try:
            document = msgspec.json.decode(self._disk.read(self._path), type=_Document)
        except OSError as error:
            raise UnreadableError(self._path, reason_of(error)) from error
        except (ValueError, RecursionError) as error:
            raise UnreadableError(self._path, problem_of(error)) from error
        if document.schema > _SCHEMA:
            raise NewerSchemaError(self._path, document.schema, _SCHEMA)
        return document.user_ids

    def _data(self) -> bytes:
        return msgspec.json.encode(_Document(sorted(self.user_ids)))

    def _write(self) -> None:
        try:
            replace_file(self._disk, self._path, self._data())
        except OSError as error:
            raise SnapshotWriteError(
                f"{self._path} cannot be written ({reason_of(error)}): free space or repair "
                f"access to {self._path.parent}, and opt out again."
            ) from error

"""Notes about the gateway: the little that must be known of it after a restart.

A file of its own, read at the start and written when it changes, which is rare. What cannot
be read counts as empty and is replaced at the next change: it only saves asking again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from machines import Instant
from persistence.atomic_file import replace_file
from persistence.disk import Disk, OsDisk
from persistence.errors import SnapshotWriteError, reason_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["GATEWAY_NOTES_NAME", "GatewayNotes", "read_gateway_notes", "write_gateway_notes"]

GATEWAY_NOTES_NAME = "gateway.json"


class GatewayNotes(msgspec.Struct, kw_only=True):
    """What is known of the gateway.

    Attributes:
        refuses_channel_info: it closed the connection (4001) when it was asked for channel
            info, and must not be asked again.
        audits_at: the instants of the last day's IDENTIFYs for audits.
    """

    refuses_channel_info: bool = False
    audits_at: list[Instant] = msgspec.field(default_factory=list)


def read_gateway_notes(folder: Path, disk: Disk | None = None) -> GatewayNotes:
    """Return the notes in a DATA_DIR; empty ones where there are none that can be read."""
    disk = OsDisk() if disk is None else disk
    try:
        return msgspec.json.decode(disk.read(folder / GATEWAY_NOTES_NAME), type=GatewayNotes)
    except (OSError, ValueError, RecursionError):
        return GatewayNotes()


def write_gateway_notes(folder: Path, notes: GatewayNotes, disk: Disk | None = None) -> None:
    """Write the notes; durable when it returns.

    Raises:
        SnapshotWriteError: they cannot be written; the old ones are as they were.
    """
    disk = OsDisk() if disk is None else disk
    path = folder / GATEWAY_NOTES_NAME
    try:
        replace_file(disk, path, msgspec.json.encode(notes))
    except OSError as error:
        raise SnapshotWriteError(
            f"{path} cannot be written ({reason_of(error)}): "
            "make room in DATA_DIR or make it writable again."
        ) from error

"""What is fuzzed: given any bytes, every reader reads, or raises the documented error.

Run by hand with ``python -m tests.fuzz snapshot -max_total_time=60``; further
arguments are libFuzzer's (https://llvm.org/docs/LibFuzzer.html#options). ``make soak`` runs each
for a while where atheris is installed.
"""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from persistence import restore_backup
from persistence.disk import OsDisk
from persistence.exchange import read_records
from persistence.gateway_notes import GATEWAY_NOTES_NAME, read_gateway_notes
from persistence.heartbeat import HEARTBEAT_NAME, read_heartbeat
from persistence.opt_outs import OPT_OUTS_NAME, OptOuts
from persistence.snapshot_file import SNAPSHOT_NAME, find_snapshot
from persistence.waiting_records import WAITING_NAME, read_waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from persistence import Format

__all__ = ["TARGETS"]

_FOLDER: Final = Path("data")
_BETWEEN: Final = b"\n---\n"
_NAMES: Final = (
    SNAPSHOT_NAME,
    "active_sessions.journal",
    f"{SNAPSHOT_NAME}.previous",
    "active_sessions.journal.previous",
)


class MemoryDisk(OsDisk):
    """Files that are nowhere, so that thousands can be read in a second."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self._contents = contents

    def exists(self, path: Path) -> bool:
        return path.name in self._contents

    def modified_at(self, path: Path) -> int:
        return 1_767_047_400_000_000_000 + len(path.name)

    def read_in_pieces(self, path: Path) -> list[bytes]:
        try:
            return [self._contents[path.name]]
        except KeyError:
            raise FileNotFoundError(str(path)) from None


def snapshot(data: bytes) -> None:
    """Read a snapshot and the files that go with it, split where the fuzzer says."""
    parts = dict(zip(_NAMES, data.split(_BETWEEN, len(_NAMES) - 1), strict=False))
    found = find_snapshot(MemoryDisk(parts), _FOLDER / SNAPSHOT_NAME, None)
    if found.reading is not None:
        assert len(found.reading.state.sessions) <= len(data)


def heartbeat(data: bytes) -> None:
    """Read a heartbeat."""
    read_heartbeat(MemoryDisk({HEARTBEAT_NAME: data}), _FOLDER / HEARTBEAT_NAME)


def opt_outs(data: bytes) -> None:
    """Read who opted out."""
    OptOuts(_FOLDER, MemoryDisk({OPT_OUTS_NAME: data}))


def waiting_records(data: bytes) -> None:
    """Read what waits for the ledger: this, and a line with this in it whose checksum fits."""
    for text in (data, b'["%08x",%b]\n' % (zlib.crc32(data), data)):
        reading = read_waiting(MemoryDisk({WAITING_NAME: text}), _FOLDER / WAITING_NAME)
        assert len(reading.records) <= len(text)


def gateway_notes(data: bytes) -> None:
    """Read the notes about the gateway, which are never an error."""
    read_gateway_notes(_FOLDER, MemoryDisk({GATEWAY_NOTES_NAME: data}))


def lines(data: bytes) -> None:
    """Read an export."""
    _export(data, "jsonl")


def table(data: bytes) -> None:
    """Read an export as a spreadsheet may have left it."""
    _export(data, "csv")


def backup(data: bytes) -> None:
    """Restore a backup."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "backup.tar"
        file.write_bytes(data)
        restore_backup(Path(place) / "data", file)


def _export(data: bytes, written_as: Format) -> None:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "export"
        file.write_bytes(data)
        for _record in read_records(file, written_as):
            pass


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    target.__name__: target
    for target in (
        snapshot,
        heartbeat,
        opt_outs,
        waiting_records,
        gateway_notes,
        lines,
        table,
        backup,
    )
}

"""What survives a restart: the snapshot of live sessions and the ledger of ended ones.

A folder, DATA_DIR, holds everything::

    active_sessions.json            the live sessions (``snapshot``, ``snapshot_entries``)
    active_sessions.json.previous   the file before it
    observed_until.json             the heartbeat: until when each guild was watched
    latido.db                       the ended sessions, each once (``ledger``)
    latido.lock                     who owns the folder

A bot opens it with :class:`DataDir` and is its only owner until it closes it. Others look at
it with :func:`read_live`, :class:`LedgerReader` and :func:`verify`, which change nothing and
hold nobody up. A session that is over goes first into the ledger, then out of the snapshot;
its id keeps it from being counted twice, whatever instant the process dies at.
"""

from persistence.data_dir import DataDir, Imported
from persistence.errors import (
    DataDirBusyError,
    DataDirError,
    LedgerError,
    LedgerWriteError,
    NewerSchemaError,
    PersistenceError,
    SnapshotError,
    SnapshotWriteError,
    UnreadableError,
)
from persistence.inspection import read_live
from persistence.ledger import SqliteLedger
from persistence.ledger_reader import LedgerReader
from persistence.protocols import HistoryFilter, Ledger, LiveStore, Restored, StorageWarning
from persistence.snapshot import SnapshotStore
from persistence.verification import Finding, verify

__all__ = [
    "DataDir",
    "DataDirBusyError",
    "DataDirError",
    "Finding",
    "HistoryFilter",
    "Imported",
    "Ledger",
    "LedgerError",
    "LedgerReader",
    "LedgerWriteError",
    "LiveStore",
    "NewerSchemaError",
    "PersistenceError",
    "Restored",
    "SnapshotError",
    "SnapshotStore",
    "SnapshotWriteError",
    "SqliteLedger",
    "StorageWarning",
    "UnreadableError",
    "read_live",
    "verify",
]

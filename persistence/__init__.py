"""What survives a restart: the snapshot of live sessions and the ledger of ended ones.

A folder, DATA_DIR, holds everything::

    active_sessions.json            the live sessions (``snapshot``, ``snapshot_entries``)
    active_sessions.journal         what changed since (``journal``)
    *.previous                      the files before them
    observed_until.json             the heartbeat: until when each guild was watched
    latido.db                       the ended sessions, each once (``ledger``)
    waiting_records.jsonl           those that the ledger has refused (``waiting_records``)
    opted_out.json                  who is not tracked, and who is again (``opt_outs``)
    latido.lock                     who owns the folder

A bot opens it with :class:`DataDir` and is its only owner until it closes it. Others look at
it with :func:`read_live`, :class:`FolderLedger` and :func:`verify`, which change nothing and
hold nobody up. A session that is over goes first into the ledger, then out of the snapshot;
its id keeps it from being counted twice, whatever instant the process dies at. What the ledger
refuses waits in a file of its own for it, and the snapshot lets go of it all the same.
"""

from persistence.backup import BackupError, back_up, restore_backup
from persistence.daily_totals import DailyTotal
from persistence.data_dir import DataDir, Imported, wholly_unreadable
from persistence.errors import (
    DataDirBusyError,
    DataDirError,
    LedgerDamagedError,
    LedgerError,
    LedgerLockedError,
    LedgerWriteError,
    NewerSchemaError,
    PersistenceError,
    SnapshotError,
    SnapshotWriteError,
    UnreadableError,
    WaitingWriteError,
)
from persistence.exchange import (
    FORMATS,
    Format,
    MissingExtraError,
    format_of,
    rows_of,
    write_rows,
)
from persistence.exchange_rows import ExchangeRow
from persistence.folder_ledger import FolderLedger
from persistence.forgetting import Forgetting, forget, forget_in_copies
from persistence.inspection import read_live
from persistence.leaving_out import leave_out_of
from persistence.ledger import SqliteLedger
from persistence.ledger_reader import LedgerReader
from persistence.opt_outs import COUNTED_FOR, OptOuts
from persistence.protocols import HistoryFilter, Ledger, LiveStore, Restored, StorageWarning
from persistence.snapshot import SnapshotStore
from persistence.verification import Finding, verify
from persistence.waiting_records import WAITING_NAME, WaitingRecords

__all__ = [
    "COUNTED_FOR",
    "FORMATS",
    "WAITING_NAME",
    "BackupError",
    "DailyTotal",
    "DataDir",
    "DataDirBusyError",
    "DataDirError",
    "ExchangeRow",
    "Finding",
    "FolderLedger",
    "Forgetting",
    "Format",
    "HistoryFilter",
    "Imported",
    "Ledger",
    "LedgerDamagedError",
    "LedgerError",
    "LedgerLockedError",
    "LedgerReader",
    "LedgerWriteError",
    "LiveStore",
    "MissingExtraError",
    "NewerSchemaError",
    "OptOuts",
    "PersistenceError",
    "Restored",
    "SnapshotError",
    "SnapshotStore",
    "SnapshotWriteError",
    "SqliteLedger",
    "StorageWarning",
    "UnreadableError",
    "WaitingRecords",
    "WaitingWriteError",
    "back_up",
    "forget",
    "forget_in_copies",
    "format_of",
    "leave_out_of",
    "read_live",
    "restore_backup",
    "rows_of",
    "verify",
    "wholly_unreadable",
    "write_rows",
]

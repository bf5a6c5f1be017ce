"""Records out of the ledger and into it: JSON lines, CSV, and Parquet.

All three hold the same rows, losslessly, and are read in one pass; a byte order mark, which
spreadsheets put in front of text, is passed over. Parquet needs pyarrow
(the extra ``parquet``); there times are timestamps and ids numbers, so that
other programs can count with them, and lists are JSON text, as in CSV.
"""

from __future__ import annotations

import codecs
import csv
import importlib
import io
import itertools
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

import msgspec

from persistence.errors import PersistenceError, UnreadableError, reason_of
from persistence.exchange_rows import ExchangeRow, record_of_row, row_of_record
from persistence.reading import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from machines import Record

    Progress = Callable[[int, int], None]
    Numbered = Iterator[tuple[int, bytes | dict[str, Any]]]

__all__ = [
    "FORMATS",
    "BrokenRow",
    "Format",
    "MissingExtraError",
    "format_of",
    "read_records",
    "rows_of",
    "write_rows",
]

Format = Literal["jsonl", "csv", "parquet"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_FIELDS: Final = ExchangeRow.__struct_fields__
_LISTS: Final = ("stretches", "stays", "players")
_TIMES: Final = ("started_at", "confirmed_at", "last_seen", "ended_at")
_IDS: Final = ("guild_id", "user_id", "channel_id", "app_id")
_AT_ONCE: Final = 5000
_LONGEST_LINE: Final = 16 * 1024 * 1024
_encode: Final = msgspec.json.Encoder().encode


class BrokenRow(NamedTuple):
    """A row of an export that holds no record.

    Attributes:
        line: the line of the file that it begins on; of Parquet, which row it is; both from 1.
        problem: what is wrong with it, with the name of the field where it is one field's.
    """

    line: int
    problem: str


class MissingExtraError(PersistenceError):
    """A format needs a library that is not installed."""


def format_of(file: Path) -> Format | None:
    """Return the format that a file's name says; None where it says none of them."""
    suffix = file.suffix.lower().removeprefix(".")
    return next((each for each in FORMATS if each == suffix), None)


def write_rows(rows: Iterable[ExchangeRow], to: BinaryIO, written_as: Format) -> int:
    """Write rows; return how many it were.

    Raises:
        MissingExtraError: pyarrow is missing for Parquet.
    """
    match written_as:
        case "jsonl":
            return _write_lines(rows, to)
        case "csv":
            return _write_csv(rows, to)
        case "parquet":
            return _write_parquet(rows, to)


def read_records(
    file: Path, written_as: Format, progress: Progress = lambda _done, _all: None
) -> Iterator[Record | BrokenRow | None]:
    """Yield the records of a file; of a row that holds none what is wrong, None of a live session.

    Args:
        file: the file.
        written_as: its format.
        progress: told now and then how many bytes (of Parquet: rows) are read, and of how many.

    Raises:
        MissingExtraError: pyarrow is missing for Parquet.
        UnreadableError: it is missing, or no such file.
    """
    readers: dict[Format, Callable[[Path, Progress], Numbered]] = {
        "jsonl": _read_lines,
        "csv": _read_csv,
        "parquet": _read_parquet,
    }
    read = readers[written_as]
    try:
        for line, values in read(file, progress):
            yield _record(line, values)
    except OSError as error:
        raise UnreadableError(file, reason_of(error)) from error
    except (ValueError, csv.Error) as error:
        raise UnreadableError(file, problem_of(error)) from error


def rows_of(records: Iterable[Record]) -> Iterator[ExchangeRow]:
    """Yield the rows of records."""
    return map(row_of_record, records)


def _record(line: int, values: bytes | dict[str, Any]) -> Record | BrokenRow | None:
    try:
        if isinstance(values, bytes):
            return record_of_row(msgspec.json.decode(values, type=ExchangeRow))
        return record_of_row(msgspec.convert(values, ExchangeRow, strict=False))
    except (ValueError, RecursionError) as error:
        return BrokenRow(line, problem_of(error))


def _write_lines(rows: Iterable[ExchangeRow], to: BinaryIO) -> int:
    count = 0
    for row in rows:
        to.write(_encode(row) + b"\n")
        count += 1
    return count


def _read_lines(file: Path, progress: Progress) -> Numbered:
    ended = 0
    with file.open("rb") as lines:
        for number in itertools.count():
            if number % _AT_ONCE == 0:
                _tell(progress, lines)
            line = lines.readline(_LONGEST_LINE)
            if not line:
                return
            if number == 0:
                line = line.removeprefix(codecs.BOM_UTF8)
            if line.strip():
                yield ended + 1, line
            ended += line.endswith(b"\n")  # a longer one comes in several parts


def _write_csv(rows: Iterable[ExchangeRow], to: BinaryIO) -> int:
    text = io.TextIOWrapper(to, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_FIELDS)
    count = 0
    for row in rows:
        values = (_flat(name, getattr(row, name)) for name in _FIELDS)
        writer.writerow("" if value is None else value for value in values)
        count += 1
    text.detach()
    return count


def _read_csv(file: Path, progress: Progress) -> Numbered:
    with file.open("rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        names = next(reader, [])
        if not {"id", "kind", "started_at"} <= set(names):
            raise ValueError("its first line does not name the columns of sessions")
        line = reader.line_num + 1
        for number, values in enumerate(reader):
            if number % _AT_ONCE == 0:
                _tell(progress, raw)
            if values:  # else the line is empty
                told = dict(itertools.zip_longest(names, values[: len(names)]))
                named = {name: value or None for name, value in told.items() if name}
                yield line, _unflattened(named)
            line = reader.line_num + 1


def _tell(progress: Progress, opened: BinaryIO) -> None:
    progress(opened.tell(), os.fstat(opened.fileno()).st_size)


def _flat(name: str, value: object) -> object:
    if name in _LISTS:
        return _encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else value


def _unflattened(values: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its lists, and with the names that its kind has even if empty."""
    told = {name: value for name, value in values.items() if value is not None}
    for name in _LISTS:
        if isinstance(told.get(name), str):
            told[name] = _list_in(told[name])
    if told.get("kind") != "party":
        told.setdefault("username", "")
    told.setdefault("channel_name" if told.get("kind") == "voice" else "game_name", "")
    return told


def _list_in(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text  # the row is broken, and is told by its type


def _write_parquet(rows: Iterable[ExchangeRow], to: BinaryIO) -> int:
    arrow, parquet = _pyarrow()
    schema = _schema(arrow)
    count = 0
    with parquet.ParquetWriter(to, schema) as writer:
        for batch in _batches(rows):
            columns = {
                name: [_arrow_value(name, getattr(row, name)) for row in batch] for name in _FIELDS
            }
            writer.write_table(arrow.table(columns, schema=schema))
            count += len(batch)
    return count


def _read_parquet(file: Path, progress: Progress) -> Numbered:
    arrow, parquet = _pyarrow()
    row = 0
    with file.open("rb") as opened:
        try:
            table = parquet.ParquetFile(opened)
            for number, batch in enumerate(table.iter_batches(_AT_ONCE)):
                progress(number * _AT_ONCE, table.metadata.num_rows)
                for values in batch.to_pylist():
                    row += 1
                    plain = {name: _plain_value(name, value) for name, value in values.items()}
                    yield row, _unflattened(plain)
        except (arrow.ArrowException, OSError) as error:
            raise UnreadableError(file, problem_of(error)) from error


def _arrow_value(name: str, value: Any) -> object:  # noqa: ANN401 - any field of a row
    if value is None:
        return None
    if name in _TIMES:
        return datetime.fromisoformat(value)
    if name in _IDS:
        return int(value)
    return _encode(value).decode() if name in _LISTS else value


def _plain_value(name: str, value: Any) -> object:  # noqa: ANN401 - any value of Parquet
    if value is not None and name in _TIMES and not isinstance(value, str):
        return value.isoformat()
    return str(value) if name in _IDS and value is not None else value


def _batches(rows: Iterable[ExchangeRow]) -> Iterator[list[ExchangeRow]]:
    batch: list[ExchangeRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _schema(arrow: Any) -> Any:  # noqa: ANN401 - pyarrow is untyped
    numbers = {"seconds": arrow.float64(), "uncertain_seconds": arrow.float64()}
    types: dict[str, Any] = {
        **dict.fromkeys(_TIMES, arrow.timestamp("us", tz="UTC")),
        **dict.fromkeys(_IDS, arrow.int64()),
        **numbers,
        "unbounded": arrow.bool_(),
        "max_players": arrow.int32(),
    }
    return arrow.schema([(name, types.get(name, arrow.string())) for name in _FIELDS])


def _pyarrow() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError(
            "Parquet needs pyarrow: pip install pyarrow (the extra parquet); or choose jsonl or "
            "csv."
        ) from error

"""Fuzzing for a while, from files as Latido writes them; what was found before stays found."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from persistence import (
    WAITING_NAME,
    DataDir,
    HistoryFilter,
    PersistenceError,
    back_up,
    live_files,
    rows_of,
    write_rows,
)
from persistence.gateway_notes import GatewayNotes, write_gateway_notes
from tests.fuzz.targets import TARGETS
from tests.persistence.examples import START, game, party, party_record, record, voice

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 30

DEEP = b'{"x":' + b"[" * 100_000
FOUND: list[bytes] = [
    b"",
    DEEP,
    DEEP[:4096],
    b'{"schema":' + b"9" * 5000 + b"}",
    b'{"schema":2,"last_updated":"2025-12-29T23:00:00Z"}\n---\n["00000000","a",1,{}]\n',
    "{}".encode("utf-16"),
    b'{"audits_at":[' + b"9" * 5000 + b"]}",
    b"id,kind,started_at\n" + b"x," * 50_000,
    bytes(2048),
]


def seeds(folder: Path) -> dict[str, list[bytes]]:
    """Return files as they are written, by target."""
    data = folder / "data"
    with pytest.MonkeyPatch.context() as patched, DataDir(data, now=lambda: START) as data_dir:
        patched.setattr(live_files, "SMALL", 0)
        for session in (voice(), game(), party()):
            data_dir.live.put(session)
            data_dir.live.flush_now()
        data_dir.ledger.append_now([record("r1", user_id=7), party_record("r2")])
        data_dir.opt_outs.add(77)
        data_dir.waiting.put([record("r3", user_id=7), party_record("r4")])
        waiting = (data / WAITING_NAME).read_bytes()
        snapshot = (data / "active_sessions.json").read_bytes()
        journal = (data / "active_sessions.journal").read_bytes()
        exports = []
        for written_as in ("jsonl", "csv"):
            with (folder / written_as).open("w+b") as to:
                write_rows(rows_of(data_dir.ledger.history(HistoryFilter())), to, written_as)
            exports.append((folder / written_as).read_bytes())
    write_gateway_notes(data, GatewayNotes(audits_at=[START]))
    back_up(data, folder / "backup.tar")
    return {
        "snapshot": [snapshot, b"\n---\n".join((snapshot, journal, snapshot, journal))],
        "heartbeat": [b'{"observed_until":{"1":"2025-12-29T22:30:00Z"},"schema":1}'],
        "opt_outs": [(data / "opted_out.json").read_bytes()],
        "waiting_records": [waiting, waiting.splitlines()[1][12:-1]],
        "gateway_notes": [(data / "gateway.json").read_bytes()],
        "lines": exports[:1],
        "table": exports[1:],
        "backup": [(folder / "backup.tar").read_bytes()],
    }


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_written_is_read_and_what_was_found_is_the_documented_error(
    tmp_path: Path, name: str
) -> None:
    for data in seeds(tmp_path)[name]:
        TARGETS[name](data)
    for data in FOUND:
        try:
            TARGETS[name](data)
        except PersistenceError as error:
            assert str(error)  # noqa: PT017 - either way is right


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_new_is_found(tmp_path: Path, name: str) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for every Python: pip install it")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, data in enumerate(seeds(tmp_path)[name] + FOUND):
        (corpus / str(number)).write_bytes(data)
    told = subprocess.run(  # noqa: S603 - this Python, this module
        [
            sys.executable,
            "-m",
            "tests.fuzz",
            name,
            f"-max_total_time={SECONDS}",
            "-rss_limit_mb=1024",
            "-timeout=20",
            "-max_len=200000",
            f"-artifact_prefix={tmp_path}/",
            str(corpus),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-4000:]

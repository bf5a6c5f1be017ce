"""How often the system is asked to write, as Linux itself counts it for a process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.costs.python_of_its_own import run_alone

COUNTS = Path("/proc/self/io")

_SCENARIOS = """
import json, pathlib, sys
from persistence import DataDir
from tests.persistence.examples import record, voice

def calls():
    lines = pathlib.Path("/proc/self/io").read_text().splitlines()
    counts = dict(line.split(": ") for line in lines)
    return int(counts["syscw"]), int(counts["wchar"])

def counted(work):
    before = calls()
    work()
    return [now - then for now, then in zip(calls(), before)]

def changes(how_many):
    for session in held[:how_many]:
        data_dir.live.put(session)
        data_dir.live.flush_now()

held = [voice(f"v{number:05}", user_id=10_000 + number) for number in range(int(sys.argv[2]))]
with DataDir.open(pathlib.Path(sys.argv[1])) as data_dir:
    for session in held:
        data_dir.live.put(session)
    data_dir.live.flush_now()
    changes(1)  # begins the journal
    data_dir.ledger.append_now([record("r0")])  # begins the ledger's log
    print(json.dumps({
        "nothing": counted(lambda: changes(0)),
        "five changes": counted(lambda: changes(5)),
        "a record": counted(lambda: data_dir.ledger.append_now([record("r1")])),
    }))
"""


def writes_among(sessions: int, folder: Path) -> dict[str, list[int]]:
    """Return how many calls wrote, and how many bytes, in a process of its own."""
    folder.mkdir()
    done = run_alone(_SCENARIOS, str(folder), str(sessions))
    counted: dict[str, list[int]] = json.loads(done.stdout)
    return counted


@pytest.mark.skipif(not COUNTS.exists(), reason="only Linux counts the calls of a process")
def test_a_change_is_one_call_and_a_record_some_pages_however_many_sessions_there_are(
    tmp_path: Path,
) -> None:
    few, many = (writes_among(sessions, tmp_path / str(sessions)) for sessions in (200, 2_000))
    assert few == many
    assert few["nothing"] == [0, 0]
    calls, written = few["five changes"]
    assert calls == 5
    assert 0 < written < 5 * 500
    calls, written = few["a record"]
    assert 0 < calls <= 20  # two for each page that SQLite changes, in its write-ahead log
    assert 0 < written < 40_000

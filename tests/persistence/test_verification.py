"""What ``latido verify`` finds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from machines import SECOND, PartySession, Stretch, VoiceSession
from persistence import DataDir, DataDirError, LedgerReader, back_up, forget, restore_backup, verify
from persistence.ledger_reader import LEDGER_NAME
from persistence.snapshot_file import SNAPSHOT_NAME
from tests.persistence.examples import HOUR, START, game, party, party_record, record, voice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[DataDir]:
    with DataDir.open(tmp_path) as opened:
        away = Stretch(START, START + 60 * SECOND, "away")
        opened.ledger.append_now(
            [record("v1", stretches=(away,)), record("v2", started_at=START + HOUR), party_record()]
        )
        for session in (
            voice("v3", started_at=START + 3 * HOUR),
            game("g1"),
            party("p2", started_at=START + 3 * HOUR),
        ):
            opened.live.put(session)
        opened.live.flush_now()
        yield opened


def found(data_dir: DataDir) -> list[str]:
    return [finding.sentence for finding in verify(data_dir.path, pause=lambda _seconds: None)]


def change(data_dir: DataDir, statement: str) -> None:
    with closing(sqlite3.connect(data_dir.path / LEDGER_NAME)) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_healthy_folder_has_no_findings_beside_its_owner(data_dir: DataDir) -> None:
    assert found(data_dir) == []


def test_nor_an_empty_one(tmp_path: Path) -> None:
    assert verify(tmp_path) == []


def test_what_was_never_written_is_not_missed(tmp_path: Path) -> None:
    """In ordinary life there is no snapshot where nobody was live yet, and then none before it."""
    for name in ("new", "imported"):
        with DataDir.open(tmp_path / name) as opened:
            if name == "imported":
                opened.ledger.append_now([record("v1")])
                while opened.ledger.prune_step(START + HOUR // 2):
                    pass
            assert not (tmp_path / name / SNAPSHOT_NAME).exists()
            assert verify(tmp_path / name) == []
            assert opened.restore().warnings == []


def test_nor_is_anything_after_a_backup_was_put_back_or_somebody_was_forgotten(
    tmp_path: Path, data_dir: DataDir
) -> None:
    data_dir.live.put(game("g2", user_id=5))
    data_dir.live.flush_now()
    back_up(tmp_path, tmp_path / "backup")
    data_dir.close()
    restore_backup(tmp_path, tmp_path / "backup", replace=True)
    with DataDir.open(tmp_path) as again:
        assert again.restore().warnings == []
        forget(again, 5)
        assert verify(tmp_path) == []
        assert again.restore().warnings == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataDirError, match="is not a folder"):
        verify(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE records SET seconds = 9 WHERE id = 'v1'", "v1 counts 9.0 s and its timeline"),
        ("UPDATE records SET seconds = 9999 WHERE id = 'v1'", "v1 counts 9999.0 s of 3600.0 s"),
        ("UPDATE records SET seconds = -1 WHERE id = 'v1'", "v1 has less than no time"),
        ("UPDATE records SET uncertain_seconds = 7 WHERE id = 'v2'", "v2 is uncertain by 7.0 s"),
        ("UPDATE records SET uncertain_seconds = NULL WHERE id = 'v2'", "uncertain by None s"),
        ("UPDATE records SET ended_at = 0 WHERE id = 'v2'", "v2 ends before it starts"),
        ("UPDATE records SET started_at = started_at - 1000000 WHERE id = 'v2'", "overlap by 1.0"),
        ("UPDATE records SET players = '[' WHERE id = 'p1'", "Record p1 cannot be read"),
        ("UPDATE records SET kind = 'walk' WHERE id = 'v1'", "Record v1 cannot be read"),
    ],
)
def test_a_record_that_is_wrong_is_named(data_dir: DataDir, statement: str, finding: str) -> None:
    change(data_dir, statement)
    assert any(finding in sentence for sentence in found(data_dir))


@pytest.mark.parametrize(
    "session",
    [
        voice("live", started_at=START + 2 * HOUR - SECOND),
        party("live", started_at=START + 2 * HOUR - SECOND),
    ],
    ids=["voice", "party"],
)
def test_a_live_session_that_began_before_the_last_one_ended_is_named(
    data_dir: DataDir, session: VoiceSession | PartySession
) -> None:
    data_dir.live.put(session)
    data_dir.live.flush_now()
    (sentence,) = found(data_dir)
    assert sentence.startswith(f"Session live of {'p' if session.kind == 'party' else 'person'}")
    assert "began 1.0 s before record" in sentence


def test_one_that_began_at_the_instant_the_last_one_ended_is_no_finding(data_dir: DataDir) -> None:
    data_dir.live.discard("v3")
    data_dir.live.put(voice("live", started_at=START + 2 * HOUR))
    data_dir.live.flush_now()
    assert found(data_dir) == []


@pytest.mark.parametrize(("is_ended", "is_gone"), [(True, True), (True, False), (False, True)])
def test_somebody_who_comes_and_goes_meanwhile_is_no_overlap(
    data_dir: DataDir, monkeypatch: pytest.MonkeyPatch, *, is_ended: bool, is_gone: bool
) -> None:
    connection = LedgerReader.connection
    opened: list[LedgerReader] = []

    def meanwhile(self: LedgerReader) -> AbstractContextManager[sqlite3.Connection | None]:
        opened.append(self)
        if len(opened) == 2:  # the first was for SQLite's own check; now the records are read
            start = START + 3 * HOUR
            ended = [record("v3", started_at=start)] if is_ended else []
            data_dir.ledger.append_now([*ended, record("v4", started_at=start + HOUR)])
            if is_gone:
                data_dir.live.discard("v3")
            data_dir.live.flush_now()
        return connection(self)

    monkeypatch.setattr(LedgerReader, "connection", meanwhile)
    assert not [sentence for sentence in found(data_dir) if "began" in sentence]


@pytest.mark.parametrize("other", [-HOUR, 4 * HOUR])
def test_of_the_records_that_a_live_session_overlaps_the_one_that_ended_last_is_named(
    data_dir: DataDir, other: int
) -> None:
    both = [record("long", hours=9), record("short", started_at=START + other, hours=4.5)]
    data_dir.ledger.append_now(both)
    (sentence,) = [sentence for sentence in found(data_dir) if "v3" in sentence]
    assert sentence.endswith(f"began {6 * 3600.0} s before record long ended.")


def test_a_record_that_cannot_be_read_hides_no_other(data_dir: DataDir) -> None:
    data_dir.ledger.append_now([record("bad", started_at=START + 5 * HOUR)])
    data_dir.live.put(voice("live", started_at=START + 2 * HOUR - SECOND))
    data_dir.live.discard("v3")
    data_dir.live.flush_now()
    change(data_dir, "UPDATE records SET stays = '[' WHERE id = 'bad'")
    unreadable, overlap = found(data_dir)
    assert unreadable.startswith("Record bad cannot be read")
    assert overlap.endswith("began 1.0 s before record v2 ended.")


def test_a_session_in_both_is_named(data_dir: DataDir) -> None:
    data_dir.ledger.append_now([record("v3", started_at=START + 3 * HOUR)])
    (sentence,) = found(data_dir)
    assert sentence.startswith("Session v3 is live here and ended in latido.db")


def test_an_owner_who_is_between_the_two_is_given_time(data_dir: DataDir) -> None:
    data_dir.ledger.append_now([record("v3", started_at=START + 3 * HOUR)])

    def finish_meanwhile(_seconds: float) -> None:
        data_dir.live.discard("v3")
        data_dir.live.flush_now()

    assert verify(data_dir.path, pause=finish_meanwhile) == []


def test_a_damaged_snapshot_is_found_and_left_as_it_is(data_dir: DataDir) -> None:
    path = data_dir.path / SNAPSHOT_NAME
    path.write_bytes(path.read_bytes().replace(b'"p2":{', b'"p2":{"players":1,'))
    before = path.read_bytes()
    assert any("party_sessions.p2 cannot be read" in sentence for sentence in found(data_dir))
    path.write_bytes(before[:100])
    assert any("cannot be read" in sentence for sentence in found(data_dir))
    assert path.read_bytes() == before[:100]


def test_a_damaged_ledger_is_found(data_dir: DataDir) -> None:
    data_dir.close()
    path = data_dir.path / LEDGER_NAME
    data = bytearray(path.read_bytes())
    data[5000:9000] = b"\xff" * 4000
    path.write_bytes(data)
    [sentence] = found(data_dir)
    assert "\n" not in sentence  # SQLite says a line of each place, behind a line that says nothing
    assert "***" not in sentence
    assert "save what can be read with latido export --output FILE" in sentence
    assert "latido restore BACKUP --replace" in sentence

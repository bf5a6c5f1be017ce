"""Files in the proposal's own format are taken over, with the original starts."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest

from machines import GameSession, PartySession, VoiceSession, from_datetime
from persistence import DataDir, Restored, SnapshotStore, pieces
from persistence.proposal_format import read_proposal
from persistence.snapshot_file import SNAPSHOT_NAME
from tests.persistence.examples import fields

if TYPE_CHECKING:
    from datetime import tzinfo

    from machines import AnySession

SAMPLES = Path(__file__).parent / "samples"
GUILD = 812345678901234567
LOCAL = timezone(timedelta(hours=-3))
NOW = from_datetime(datetime(2025, 12, 30, 9, tzinfo=UTC))


def local(hour: int, minute: int, second: int = 0, microsecond: int = 0) -> int:
    moment = datetime(2025, 12, 29, hour, minute, second, microsecond, tzinfo=LOCAL)
    return from_datetime(moment)


def taken_over(folder: Path, sample: str) -> Restored:
    shutil.copy(SAMPLES / sample, folder / SNAPSHOT_NAME)
    return SnapshotStore(folder, now=lambda: NOW, zone=LOCAL).load()


def test_the_file_that_the_page_shows_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text("utf-8")
    shown = page.partition("### The proposal's format\n")[2].partition("```json\n")[2]
    (tmp_path / SNAPSHOT_NAME).write_text(shown.partition("```")[0], encoding="utf-8")
    back = SnapshotStore(tmp_path, now=lambda: NOW, zone=LOCAL).load()
    assert [session.kind for session in back.state.sessions] == ["voice", "game", "party"]
    assert back.migrated_from == 0
    assert {session.guild_id for session in back.state.sessions} == {0}
    assert back.warnings[0].key == "storage.proposal"


def test_voice_games_and_parties_keep_their_original_start(tmp_path: Path) -> None:
    back = taken_over(tmp_path, "proposal_full.json")
    voice, pino, agu, party = back.state.sessions
    assert isinstance(voice, VoiceSession)
    assert isinstance(pino, GameSession)
    assert isinstance(agu, GameSession)
    assert isinstance(party, PartySession)
    assert voice.started_at == local(22, 30, 0, 123456)
    assert (voice.user_id, voice.channel_name) == (123456789, "👥 General")
    assert [stay.channel_id for stay in voice.stays] == [987654321]
    assert pino.started_at == local(22, 35)
    assert (agu.app_id, agu.activity_type) == (700136079562375258, "playing")
    assert party.started_at == local(22, 36)
    assert (party.game_name, party.app_id, party.max_players) == ("VALORANT", pino.app_id, 4)
    assert {session.state for session in back.state.sessions} == {"confirmed"}
    assert {session.guild_id for session in back.state.sessions} == {GUILD}
    assert back.migrated_from == 0
    assert back.unplaced == []


def test_players_of_a_party_are_tied_to_their_games(tmp_path: Path) -> None:
    _voice, pino, agu, party = taken_over(tmp_path, "proposal_full.json").state.sessions
    assert isinstance(party, PartySession)
    assert [player.session_id for player in party.players[:2]] == [pino.id, agu.id]
    assert [player.started_at for player in party.players] == [
        pino.started_at,
        agu.started_at,
        party.started_at,
    ]
    assert [player.username for player in party.players] == ["Pino", "agu", "Zeta"]


def test_the_gap_opens_when_the_file_was_last_updated(tmp_path: Path) -> None:
    state = taken_over(tmp_path, "proposal_full.json").state
    assert state.saved_at == local(23, 0, 0, 500000)
    assert {watch.guild_id: watch.observed_until for watch in state.guilds} == {
        GUILD: state.saved_at
    }


def test_without_that_it_opens_when_the_file_was_last_modified(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "proposal_minimal.json", tmp_path / SNAPSHOT_NAME)
    modified = local(23, 10)
    os.utime(tmp_path / SNAPSHOT_NAME, ns=(modified * 1000, modified * 1000))
    state = SnapshotStore(tmp_path, now=lambda: NOW, zone=LOCAL).load().state
    assert state.saved_at == modified
    assert {watch.guild_id: watch.observed_until for watch in state.guilds} == {0: modified}


def test_sessions_without_a_guild_are_named_as_unplaced(tmp_path: Path) -> None:
    back = taken_over(tmp_path, "proposal_minimal.json")
    assert [session.kind for session in back.unplaced] == ["voice", "game", "party"]
    assert [session.guild_id for session in back.unplaced] == [0, 0, 0]


def test_sessions_that_were_not_confirmed_are_left_out(tmp_path: Path) -> None:
    back = taken_over(tmp_path, "proposal_minimal.json")
    people = [s.username for s in back.state.sessions if not isinstance(s, PartySession)]
    assert people == ["Pino", "Pino"]


def test_a_party_without_its_most_players_had_those_that_it_has(tmp_path: Path) -> None:
    party = taken_over(tmp_path, "proposal_minimal.json").state.sessions[-1]
    assert isinstance(party, PartySession)
    assert (party.max_players, [player.user_id for player in party.players]) == (
        3,
        [123, 456, 789],
    )


def test_an_empty_file_restores_nothing(tmp_path: Path) -> None:
    assert taken_over(tmp_path, "proposal_empty.json").state.sessions == []


def test_the_original_is_kept_under_a_name_with_the_time(tmp_path: Path) -> None:
    back = taken_over(tmp_path, "proposal_full.json")
    kept = tmp_path / "active_sessions.json.proposal-20251230T090000Z"
    assert kept.read_bytes() == (SAMPLES / "proposal_full.json").read_bytes()
    (warning,) = back.warnings
    assert warning.key == "storage.proposal"
    assert warning.values["kept_as"] == kept.name
    assert "4 sessions taken over" in warning.message


def test_it_is_taken_over_once_and_for_all(tmp_path: Path) -> None:
    first = taken_over(tmp_path, "proposal_full.json")
    second = SnapshotStore(tmp_path).load()
    assert second.migrated_from is None
    assert second.warnings == []
    assert fields(second.state.sessions) == fields(first.state.sessions)


def sessions_of(data: bytes, zone: tzinfo | None = LOCAL) -> list[AnySession]:
    reading = read_proposal([data], NOW, zone)
    assert reading is not None
    return reading.state.sessions


@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_of_many_sessions_is_read_in_pieces(
    monkeypatch: pytest.MonkeyPatch, indent: int | None
) -> None:
    told = json.loads((SAMPLES / "proposal_full.json").read_bytes())
    (voice,), (game, *_others) = told["voice_sessions"].values(), told["game_sessions"].values()
    told["voice_sessions"] = {str(user_id): voice for user_id in range(1, 1_001)}
    told["game_sessions"] |= {str(user_id): game for user_id in range(1_001, 2_001)}
    data = json.dumps(told, indent=indent).encode()
    decoded: list[int] = []

    def noted(text: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
        decoded.append(len(bytes(text)))
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw])

    monkeypatch.setattr(pieces, "_object", noted)
    assert [session.kind for session in sessions_of(data)] == [
        *["voice"] * 1_000,
        *["game"] * 1_002,
        "party",
    ]
    assert max(decoded) <= pieces._PIECE + 100 < len(data) // 4  # noqa: SLF001 - whatever it is


def test_reading_a_file_twice_gives_the_same_ids() -> None:
    data = (SAMPLES / "proposal_full.json").read_bytes()
    once, twice = (sessions_of(data) for _ in range(2))
    assert fields(once) == fields(twice)
    assert len({session.id for session in once}) == 4


def test_local_time_is_that_of_this_machine_unless_told_otherwise() -> None:
    data = (SAMPLES / "proposal_full.json").read_bytes()
    start = sessions_of(data, zone=None)[1].started_at
    assert start == from_datetime(datetime(2025, 12, 29, 22, 35).astimezone())


def test_the_hour_that_a_change_of_clocks_repeats_does_not_put_a_start_after_the_file() -> None:
    data = b"""{"voice_sessions": {"1": {"username": "Pino", "channel_id": 2,
        "channel_name": "General", "start_time": "2025-10-26T02:50:00", "is_confirmed": true}},
        "last_updated": "2025-10-26T02:10:00"}"""
    reading = read_proposal([data], NOW, ZoneInfo("Europe/Madrid"))
    assert reading is not None
    assert reading.state.saved_at == reading.state.sessions[0].started_at


def test_one_broken_entry_does_not_take_the_rest(tmp_path: Path) -> None:
    text = (SAMPLES / "proposal_full.json").read_text(encoding="utf-8")
    (tmp_path / SNAPSHOT_NAME).write_text(
        text.replace("2025-12-29T22:35:00", "a while ago"), encoding="utf-8"
    )
    back = SnapshotStore(tmp_path, now=lambda: NOW, zone=LOCAL).load()
    assert [session.kind for session in back.state.sessions] == ["voice", "game", "party"]
    assert [warning.key for warning in back.warnings] == ["storage.entry", "storage.proposal"]
    assert "game_sessions.#1 cannot be read" in back.warnings[0].message
    assert "123456789" not in back.warnings[0].message  # settings say whether a log may name people


def test_a_file_can_be_imported_and_twice_changes_nothing(tmp_path: Path) -> None:
    with DataDir(tmp_path / "data", now=lambda: NOW, zone=LOCAL) as data_dir:
        assert data_dir.import_file(SAMPLES / "proposal_full.json")[:3] == (4, 0, 0)
        assert data_dir.import_file(SAMPLES / "proposal_full.json")[:3] == (0, 4, 0)
    back = SnapshotStore(tmp_path / "data").load()
    assert len(back.state.sessions) == 4
    assert [watch.observed_until for watch in back.state.guilds] == [local(23, 0, 0, 500000)]


def test_what_nobody_watched_of_an_imported_session_is_unknown(tmp_path: Path) -> None:
    newer = (SAMPLES / "proposal_full.json").read_text(encoding="utf-8")
    newer = newer.replace("2025-12-29T23:00:00.500000", "2025-12-30T01:00:00")
    (tmp_path / "newer.json").write_text(newer.replace('"123456789"', '"9"'), encoding="utf-8")
    with DataDir(tmp_path / "data", now=lambda: NOW, zone=LOCAL) as data_dir:
        data_dir.import_file(tmp_path / "newer.json")
        data_dir.import_file(SAMPLES / "proposal_full.json")
        sessions = data_dir.restore().state.sessions
    (voice,) = (s for s in sessions if isinstance(s, VoiceSession) and s.user_id == 123456789)
    assert [(part.start, part.end, part.value) for part in voice.stretches] == [
        (
            local(23, 0, 0, 500000),
            from_datetime(datetime(2025, 12, 30, 1, tzinfo=LOCAL)),
            "unknown",
        )
    ]


@pytest.mark.parametrize("activity", ["streaming", "ActivityType.streaming"])
def test_activities_are_understood_as_python_writes_them(activity: str) -> None:
    text = (SAMPLES / "proposal_full.json").read_text(encoding="utf-8")
    data = text.replace('"playing"', f'"{activity}"').encode()
    session = sessions_of(data)[1]
    assert isinstance(session, GameSession)
    assert session.activity_type == "streaming"

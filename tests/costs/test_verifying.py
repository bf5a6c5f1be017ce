"""What `latido verify` reads: each record once, however many sessions are live."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest

from persistence import DataDir, ledger_problems, ledger_reader, verify
from persistence.ledger_rows import record_from
from tests.costs.scenario_costs import counted_costs, per_kind
from tests.persistence.examples import HOUR, START, party, party_record, record, voice

if TYPE_CHECKING:
    from pathlib import Path

    from machines import PartySession, VoiceSession

ENDED = 20
FEW, MANY = 10, 200


def somebody_in_voice(number: int) -> VoiceSession:
    return voice(f"live{number}", user_id=number, started_at=START)


def a_party_of_its_own(number: int) -> PartySession:
    return msgspec.structs.replace(party(f"live{number}"), game_name=f"Game {number}")


def statements_and_records_read(folder: Path, kind: str, live: int) -> tuple[int, int]:
    """Return what verifying takes where all that has ended did so after what is live began."""
    session_of = somebody_in_voice if kind == "voice" else a_party_of_its_own
    record_of = record if kind == "voice" else party_record
    with DataDir.open(folder) as data_dir:
        data_dir.ledger.append_now(
            [
                record_of(f"r{number}", started_at=START + 3 * number * HOUR)
                for number in range(ENDED)
            ]
        )
        for number in range(live):
            data_dir.live.put(session_of(number))
        data_dir.live.flush_now()
    assert verify(folder) == []  # what is remembered of the schema from then on is not counted
    with (
        counted_costs() as costs,
        mock.patch.object(ledger_problems, "record_from", wraps=record_from) as for_itself,
        mock.patch.object(ledger_reader, "record_from", wraps=record_from) as for_a_session,
    ):
        assert verify(folder) == []
    return per_kind(costs)["sqlite"], for_itself.call_count + for_a_session.call_count


@pytest.mark.parametrize("kind", ["voice", "party"])
def test_each_record_is_read_once_however_many_sessions_are_live(tmp_path: Path, kind: str) -> None:
    few, many = (
        statements_and_records_read(tmp_path / str(live), kind, live) for live in (FEW, MANY)
    )
    assert few == many
    assert many[1] == ENDED

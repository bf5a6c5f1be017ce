"""Totals: no instant counts twice."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from machines import SECOND, Player, Record, Stretch, spans
from machines.timeline import account_of
from machines.together import together
from persistence import SqliteLedger
from persistence.totals import (
    clipped,
    credited_to,
    credited_to_players,
    length_of_union,
    time_of,
)
from tests.machines.test_together import parties
from tests.persistence.examples import GUILD, HOUR, PINO, START, party_record, record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from random import Random

    from machines import PartySession, Span


def total(folder: Path, *records: Record, **asked: int) -> float:
    ledger, _warnings = SqliteLedger.open(folder)
    with closing(ledger):
        ledger.append_now(records)
        return ledger.total_seconds(PINO, kind="voice", **asked)


def test_stays_add_up(tmp_path: Path) -> None:
    stays = (record("v1"), record("v2", started_at=START + 5 * HOUR, hours=0.5))
    assert total(tmp_path, *stays) == 5400


def test_one_stay_seen_in_two_guilds_counts_once(tmp_path: Path) -> None:
    stays = (record("v1"), record("v2", guild_id=5, started_at=START + HOUR // 2))
    assert total(tmp_path, *stays) == 5400
    assert total(tmp_path, guild_id=GUILD) == 3600


def test_only_what_lies_between_the_instants_counts(tmp_path: Path) -> None:
    half = HOUR // 2
    assert total(tmp_path, record(hours=3), since=START + half, until=START + HOUR) == 1800


def test_time_away_does_not_count_and_credited_unknown_time_does(tmp_path: Path) -> None:
    away = Stretch(START, START + 600 * SECOND, "away")
    unknown = Stretch(START + 1200 * SECOND, START + 1800 * SECOND, "unknown")
    assert total(tmp_path, record(stretches=(away, unknown))) == 3000


def test_a_player_is_credited_their_own_part_of_a_party(tmp_path: Path) -> None:
    ledger, _warnings = SqliteLedger.open(tmp_path)
    with closing(ledger):
        ledger.append_now([party_record(hours=2)])
        totals = [ledger.total_seconds(user_id, kind="party") for user_id in (1, 3, 4)]
    assert totals == [7200, 3600, 0]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))), st.integers(0, 60))
def test_the_union_is_as_long_as_the_instants_in_it(pairs: list[tuple[int, int]], cut: int) -> None:
    intervals = [(min(pair), max(pair)) for pair in pairs]
    instants = {at for start, end in intervals for at in range(start, end)}
    assert length_of_union(intervals) == len(instants)
    before = length_of_union(clipped(intervals, None, cut))
    assert before == len({at for at in instants if at < cut})
    assert before + length_of_union(clipped(intervals, cut, None)) == len(instants)


some = st.integers(0, 20)
pieces = st.lists(
    st.builds(
        lambda start, length, value: Stretch(start, start + length, value),
        some,
        st.integers(0, 4),
        st.sampled_from(["away", "unknown"]),
    ),
    max_size=4,
)
players = st.builds(
    Player,
    session_id=st.just("g"),
    user_id=st.sampled_from([1, 2]),
    username=st.just("Pino"),
    started_at=st.integers(0, 10),
    ended_at=st.none() | some,
    stretches=pieces.map(tuple),
)


@given(st.integers(0, 5), some, pieces, st.lists(players, max_size=4))
def test_each_player_is_credited_what_both_they_and_their_party_are(
    start: int, length: int, of_party: list[Stretch], came: list[Player]
) -> None:
    party = msgspec.structs.replace(
        party_record(),
        started_at=start,
        ended_at=start + length,
        stretches=tuple(of_party),
        players=tuple(came),
    )

    def credited(start: int, end: int, stretches: tuple[Stretch, ...]) -> set[int]:
        parts = [part for part in spans(start, end, stretches) if part.credited]
        return {at for part in parts for at in range(part.start, part.end)}

    whole = credited(party.started_at, party.ended_at, party.stretches)
    own: dict[int, set[int]] = {}
    for one in came:
        end = party.ended_at if one.ended_at is None else one.ended_at
        own.setdefault(one.user_id, set()).update(credited(one.started_at, end, one.stretches))
    found = credited_to_players(party)
    for user_id in (1, 2):
        expected = whole & own.get(user_id, set())
        for intervals in (found.get(user_id, []), list(credited_to(user_id, party))):
            assert {at for start, end in intervals for at in range(start, end)} == expected


def test_whoever_is_still_there_may_have_played_for_as_long_as_their_party_may_have_gone_on() -> (
    None
):
    """Nobody knows how long agu stayed for, and Pino was still there when the party was over."""
    over = START + HOUR
    longer = Stretch(over, over + 600 * SECOND, "unknown")
    pino, agu, _zeta = party_record().players
    agu = msgspec.structs.replace(agu, ended_at=over, stretches=(longer,))
    record = msgspec.structs.replace(
        party_record(hours=1), stretches=(longer,), players=(pino, agu)
    )
    for player in (pino, agu):
        account = account_of(time_of(player.user_id, record), unbounded=False)
        assert (account.seconds, account.uncertain_seconds) == (3600, 600)


def _instants(parts: Iterable[Span]) -> set[int]:
    return {at for part in parts for at in range(part.start, part.end)}


@given(parties(), st.randoms(use_true_random=False))
def test_what_a_party_credits_to_a_player_is_no_further_from_the_truth_than_it_says(
    told: tuple[PartySession, int], truth: Random
) -> None:
    """Whatever happened in what is unknown; of what is said of the party, somebody is in it or not.

    Whoever plays on after it is over, for all that its record says, is of no matter to it.
    """
    held, until = told
    timeline = together(held, until)
    record = msgspec.structs.replace(
        party_record(),
        started_at=timeline.started_at,
        ended_at=timeline.ended_at,
        stretches=tuple(timeline.stretches),
        players=tuple(held.players),
    )
    there: dict[int, set[int]] = {}
    for player in held.players:
        ended_at = 1_000 if player.ended_at is None else player.ended_at
        parts = list(spans(player.started_at, max(player.started_at, ended_at), player.stretches))
        sure = _instants(part for part in parts if part.value == "present")
        maybe = _instants(part for part in parts if part.value == "unknown")
        happened = {at for at in sorted(maybe) if truth.random() < 0.5}
        there[player.user_id] = there.get(player.user_id, set()) | sure | happened
    said = _instants(part for part in timeline.spans() if part.value != "away")
    enough = {at for at in said if sum(at in one for one in there.values()) >= held.min_players}
    for user_id, own in there.items():
        parts = list(time_of(user_id, record))
        assert _instants(part for part in parts if part.value == "present") <= own & enough
        assert own & enough <= _instants(parts)
        account = account_of(parts, unbounded=False)
        assert account.uncertain_seconds is not None
        error = abs(account.seconds * SECOND - len(own & enough))
        assert error <= account.uncertain_seconds * SECOND + 0.5

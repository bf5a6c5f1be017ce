"""The plan: when an audit is due, over which shards, and what may be spent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.evidence.audit import AuditPlan, StartLimit, targets
from machines import seconds

HOUR, DAY = seconds(3600), seconds(86_400)
NOW = 20_000 * DAY


def guild(number: int, shard: int = 0, of: int = 1) -> int:
    """Return the id of a guild that Discord's formula puts on a shard."""
    return (number * of + shard) << 22


# When


def test_a_guild_is_due_when_nobody_has_looked_for_so_long() -> None:
    plan = AuditPlan(3600, 200)
    looked_at = {1: NOW - HOUR, 2: NOW - HOUR + 1, 3: None}
    assert plan.due(NOW, looked_at) == [1, 3]


def test_nothing_is_due_where_audits_are_off() -> None:
    plan = AuditPlan(0, 200)
    assert not plan.is_on
    assert plan.due(NOW, {1: None}) == []
    assert not plan.may_spend(NOW)


def test_a_guild_that_never_comes_is_not_due_again_at_once() -> None:
    plan = AuditPlan(3600, 200)
    plan.spend(NOW, [1])
    assert plan.due(NOW + HOUR - 1, {1: None}) == []
    assert plan.due(NOW + HOUR, {1: None}) == [1]


def test_a_refused_audit_is_due_again_once_it_has_rested() -> None:
    plan = AuditPlan(3600, 200)
    plan.spend(NOW, [1])
    plan.failed(NOW, [1])
    assert plan.due(NOW, {1: None}) == [1]
    assert not plan.may_spend(NOW + seconds(59))
    assert plan.may_spend(NOW + seconds(60))


def test_each_failure_rests_twice_as_long_and_at_most_an_hour() -> None:
    plan = AuditPlan(3600, 200)
    rests = []
    for _ in range(9):
        plan.failed(NOW)
        rests.append(next(s for s in range(4000) if plan.may_spend(NOW + seconds(s))))
    assert rests == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    plan.succeeded()
    assert plan.may_spend(NOW)
    plan.failed(NOW)
    assert plan.may_spend(NOW + seconds(60))


def test_a_clock_that_was_set_back_does_not_put_audits_off() -> None:
    plan = AuditPlan(3600, 200)
    assert plan.due(NOW, {1: NOW + DAY}) == [1]


# For how much


def test_the_days_number_comes_back_after_a_day() -> None:
    plan = AuditPlan(3600, 2)
    plan.spend(NOW)
    plan.spend(NOW + HOUR)
    assert not plan.may_spend(NOW + DAY - 1)
    assert plan.may_spend(NOW + DAY)


def test_what_an_earlier_process_spent_counts() -> None:
    plan = AuditPlan(3600, 2)
    plan.remember([NOW - HOUR, NOW - 2 * DAY, NOW - 2 * HOUR])
    assert not plan.may_spend(NOW)
    assert plan.spent == (NOW - 2 * HOUR, NOW - HOUR)


def test_audits_on_demand_leave_half_to_the_others() -> None:
    plan = AuditPlan(3600, 4)
    plan.spend(NOW, demanded=True)
    plan.spend(NOW, demanded=True)
    assert not plan.may_spend(NOW, demanded=True)
    assert plan.may_spend(NOW)


@pytest.mark.parametrize(
    ("total", "remaining", "num_shards", "may"),
    [
        (1000, 101, 1, True),
        (1000, 100, 1, False),
        (1000, 101, 30, False),
        (1000, 151, 30, True),
        (10, 6, 1, True),
        (10, 5, 1, False),
    ],
)
def test_a_reserve_is_left_to_the_bot(
    total: int, remaining: int, num_shards: int, may: bool
) -> None:
    plan = AuditPlan(3600, 200)
    limit = StartLimit(total=total, remaining=remaining)
    assert plan.may_spend(NOW, limit, num_shards=num_shards) is may


# Over which shards


def test_several_guilds_of_a_shard_take_the_whole_shard() -> None:
    bot = [guild(n, shard, of=2) for n in range(1, 30) for shard in (0, 1)]
    wanted = [guild(1, 0, of=2), guild(2, 0, of=2)]
    [target] = targets(wanted, bot, 2)
    assert target[:2] == (0, 2)
    assert target.guild_ids == set(wanted)


def test_a_single_guild_takes_few_others_along() -> None:
    bot = [guild(n) for n in range(1, 2501)]
    [target] = targets([bot[1000]], bot, 1)
    inside = [g for g in bot if (g >> 22) % target.num_shards == target.shard_id]
    assert bot[1000] in inside
    assert len(inside) <= 9


def test_a_small_bot_is_not_divided() -> None:
    assert targets([guild(1)], [guild(1), guild(2)], 1)[0][:2] == (0, 1)


def test_guilds_whose_ids_cannot_be_told_apart_end_the_dividing() -> None:
    bot = [guild(n * 8192) for n in range(1, 30)]
    [target] = targets(bot[:1], bot, 1)
    assert target.num_shards == 4096


@given(
    st.lists(st.integers(1 << 22, 1 << 62), min_size=1, max_size=40, unique=True),
    st.integers(1, 16),
    st.data(),
)
def test_every_guild_is_on_the_shard_of_its_target(
    of_bot: list[int], num_shards: int, data: st.DataObject
) -> None:
    wanted = data.draw(st.lists(st.sampled_from(of_bot), unique=True))
    chosen = targets(wanted, of_bot, num_shards)
    assert sorted(g for target in chosen for g in target.guild_ids) == sorted(wanted)
    for target in chosen:
        assert 0 <= target.shard_id < target.num_shards
        assert all((g >> 22) % target.num_shards == target.shard_id for g in target.guild_ids)

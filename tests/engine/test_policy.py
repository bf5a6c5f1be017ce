"""Policies: each kind's own settings, in microseconds."""

from __future__ import annotations

import pytest

from engine.policy import policy_of
from engine.settings import Settings
from machines import KINDS, Kind

SETTINGS = Settings(
    announce_after=0.5,
    confirm_after=1.25,
    voice_grace=2,
    game_grace=3,
    party_grace=4,
    voice_gap="end",
    game_gap=0.000_001,
    party_gap="bridge",
    orphan_credit="midpoint",
    event_delay=0.1,
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_kinds_share_is_the_same(kind: Kind) -> None:
    policy = policy_of(SETTINGS, kind)
    assert policy.announce_after == 500_000
    assert policy.confirm_after == 1_250_000
    assert policy.orphan_credit == "midpoint"
    assert policy.event_delay == 100_000


@pytest.mark.parametrize(
    ("kind", "grace", "gap"),
    [
        ("voice", 2_000_000, "end"),
        ("game", 3_000_000, 1),
        ("party", 4_000_000, "bridge"),
    ],
)
def test_a_kind_has_its_own_grace_and_gap(kind: Kind, grace: int, gap: str | int) -> None:
    policy = policy_of(SETTINGS, kind)
    assert (policy.grace, policy.gap) == (grace, gap)

"""How sure a time is, in words."""

from __future__ import annotations

import pytest

from integrations.words.sureness import doubt, how_sure, sure


def test_how_sure_a_time_is() -> None:
    assert sure("es", 0.0) == "exacto"
    assert sure("es", 0.4) == "exacto"
    assert sure("en", 90.0) == "± 1 min 30 s"
    assert sure("en", None) == "start unknown"


@pytest.mark.parametrize(
    ("uncertain", "unbounded", "notes", "behind"),
    [
        (0.0, 0, ["exact"], ""),
        (0.6, 0, ["± 1 s"], ""),
        (90.0, 0, ["± 1 min 30 s"], " ± 1 min 30 s"),
        (0.0, 1, ["1 start unknown"], " · 1 start unknown"),
        (90.0, 2, ["± 1 min 30 s", "2 starts unknown"], " ± 1 min 30 s · 2 starts unknown"),
    ],
)
def test_how_sure_a_sum_is_alone_and_in_a_list(
    uncertain: float, unbounded: int, notes: list[str], behind: str
) -> None:
    assert how_sure("en", uncertain, unbounded) == notes
    assert doubt("en", uncertain, unbounded) == behind

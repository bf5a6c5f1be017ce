"""A frozen clock, and an evening told by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.engine.evening import START, Evening

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def frozen() -> Iterator[FrozenDateTimeFactory]:
    """One clock for a module: to freeze it, freezegun goes through every module that is loaded."""
    with freeze_time(START) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


@pytest.fixture
def clock(frozen: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    frozen.move_to(START)
    return frozen


@pytest.fixture
def evening(clock: FrozenDateTimeFactory) -> Evening:
    return Evening(clock)

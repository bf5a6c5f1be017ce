"""A frozen clock, and an evening told by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.engine.evening import START, Evening

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    with freeze_time(START) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


@pytest.fixture
def evening(clock: FrozenDateTimeFactory) -> Evening:
    return Evening(clock)

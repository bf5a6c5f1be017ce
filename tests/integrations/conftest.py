"""Trackers that a test drives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integrations.driven import Driven, Machine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def driven() -> AsyncIterator[Driven]:
    made = Driven()
    yield made
    made.tracker.stop()


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    made = Machine()
    yield made
    made.tracker.stop()

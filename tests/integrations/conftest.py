"""Trackers that a test drives, and a browser that many look with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.integrations.driven import Driven, Machine
from tests.integrations.inspector.chromium import chromium

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser


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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests that look at pages, which have a profile each; it runs to the end.

    To begin one takes as long as to look at three pages.
    """
    async with chromium() as browser:
        yield browser

"""An evening is left once, for whoever takes it up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.integrations.gateway.plaza import play_together

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sessions of an evening that do not say their guild."""
    folder = tmp_path_factory.mktemp("evening")
    asyncio.run(play_together(folder))
    return folder

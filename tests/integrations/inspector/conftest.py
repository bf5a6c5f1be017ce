"""An evening on a stage, and an inspector that shows it, in a browser as well."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import expect

from integrations.inspector import Inspector, address_named
from tests.integrations.inspector.chromium import Visit
from tests.integrations.inspector.stage import AGU, GENERAL, PATIO, PINO, SALA, ZETA, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from playwright.async_api import Browser


PATIENCE = 20_000
"""Milliseconds that a page may take for anything, on a machine that is busy."""

expect.set_options(timeout=PATIENCE)


class Open(Protocol):
    """Opens the inspector in a fresh browser profile."""

    def __call__(
        self,
        place: str = "",
        *,
        scheme: str = "light",
        width: int = 1280,
        height: int = 900,
        locale: str = "es-ES",
        may_complain: bool = False,
    ) -> AbstractAsyncContextManager[Visit]: ...


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest_asyncio.fixture(loop_scope="session")
async def inspector(stage: Stage) -> AsyncIterator[Inspector]:
    """An inspector on the loopback that shows the stage."""
    async with Inspector(address_named("127.0.0.1:0")) as inspector:
        stage.shown_by(inspector)
        yield inspector


@pytest_asyncio.fixture(loop_scope="session")
async def evening(stage: Stage, inspector: Inspector) -> Stage:
    """An evening: moves, a party, a gap, somebody found, somebody missed, checks."""
    assert inspector.url
    await play_evening(stage)
    return stage


async def play_evening(stage: Stage) -> None:
    """Play it; at its end it is 21:10, and three people are still there."""
    stage.joins(PINO)
    stage.joins(AGU)
    stage.until(60)
    stage.plays(PINO, "VALORANT")
    stage.plays(AGU, "VALORANT")
    stage.until(600)
    stage.checked()
    stage.until(900)
    stage.moves(PINO, SALA)
    stage.until(1200)
    stage.leaves(AGU)
    stage.checked()
    stage.until(1230)
    stage.joins(AGU)
    stage.until(1800)
    stage.look(
        {PINO: SALA, AGU: GENERAL}, {PINO: ("VALORANT",), AGU: ("VALORANT",)}, source="members"
    )
    stage.checked(unknown=1)
    stage.unwatched(1900)
    stage.until(2400)
    stage.look({PINO: SALA, ZETA: GENERAL}, {PINO: ("VALORANT",), AGU: ("VALORANT",)})
    stage.checked(repaired=2)
    stage.joins(ZETA, GENERAL, PATIO)
    stage.until(3000)
    stage.plays(AGU)
    stage.checked()
    stage.until(3600)
    stage.leaves(ZETA, PATIO)
    stage.checked()
    stage.until(4200)
    stage.checked()
    await stage.write_down()


@pytest.fixture
def opens(browser: Browser, inspector: Inspector) -> Open:
    """Open a page of the inspector; nothing may be said on its console unless it is told so."""

    @asynccontextmanager
    async def opened(
        place: str = "",
        *,
        scheme: str = "light",
        width: int = 1280,
        height: int = 900,
        locale: str = "es-ES",
        may_complain: bool = False,
    ) -> AsyncIterator[Visit]:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            locale=locale,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        try:
            visit = Visit(await context.new_page())
            await visit.page.goto(f"{inspector.url}#/{place}")
            yield visit
            assert may_complain or visit.complaints == []
            assert visit.hosts == {"127.0.0.1"}
        finally:
            await context.close()

    return opened

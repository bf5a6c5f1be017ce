"""The pictures in docs/, taken from the page: written there with ``make pictures``."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.integrations.inspector.chromium import picture_folder
from tests.integrations.inspector.stage import AGU, SALA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integrations.inspector.conftest import Open
    from tests.integrations.inspector.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES = [
    ("inspector-now", "", "light", 1360, 860),
    ("inspector-session", "sessions/s1", "dark", 1360, 900),
    ("inspector-timeline", "timeline", "light", 1360, 520),
    ("inspector-checks", "checks", "light", 1360, 520),
    ("inspector-phone", "sessions", "light", 390, 760),
    ("inspector-phone-life", "sessions/s1", "dark", 390, 760),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return picture_folder(tmp_path)


@pytest.mark.parametrize(("name", "place", "scheme", "width", "height"), PICTURES)
async def test_a_picture_is_taken(
    evening: Stage,
    opens: Open,
    folder: Path,
    name: str,
    place: str,
    scheme: str,
    width: int,
    height: int,
) -> None:
    async with opens(place, scheme=scheme, width=width, height=height, locale="en-GB") as visit:
        page = visit.page
        await expect(page.locator("#link")).to_contain_text("Live")
        await expect(page.locator(".view:not([hidden]) .skeleton")).to_have_count(0)
        if place == "timeline":
            await page.get_by_text("1 h", exact=True).click()
            await expect(page.get_by_role("radio", name="1 h")).to_be_checked()
            await expect(page.get_by_text("20:40", exact=True)).to_be_visible()  # it is drawn anew
        if not place:
            evening.joins(AGU, SALA)
            await expect(page.locator(".move.lit").first).to_be_attached()
        picture = await page.screenshot(path=folder / f"{name}.png", animations="disabled")
    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">II", picture[16:24]) == (width, height)

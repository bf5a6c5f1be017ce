"""A real browser for the tests: the system's Chromium, with nothing but the loopback to talk to."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, ConsoleMessage, Page, Request

__all__ = ["Visit", "accessibility_findings", "chromium", "chromium_path", "picture_folder"]

_IMAGES = Path(__file__).parents[3] / "docs" / "images"

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SERIOUS = {"serious", "critical"}


def chromium_path() -> str | None:
    """Return where the system's Chromium is; None where it has none.

    In CI there must be one: tests that skip there would tell nothing.
    """
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and os.environ.get("CI"):
        raise RuntimeError("There is no Chromium: .ci/run installs the package chromium.")
    return found


def picture_folder(otherwise: Path) -> Path:
    """Return where pictures go: into docs/ with ``make pictures``, else ``otherwise``.

    Without a font that has emoji there would be boxes in their place.
    """
    if not os.environ.get("WRITE_PICTURES"):
        return otherwise
    if shutil.which("fc-list") and not _fonts_with("1f389"):
        raise RuntimeError("No font has emoji: install one, such as fonts-noto-color-emoji.")
    return _IMAGES


def _fonts_with(character: str) -> bytes:
    return subprocess.check_output(["fc-list", f":charset={character}"])  # noqa: S603, S607


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run it, with a profile made for it and thrown away; without one, skip the test."""
    path = chromium_path()
    if path is None:
        pytest.skip("There is no Chromium on this machine (Debian's package is called chromium).")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


class Visit:
    """One page, and what it said and asked for.

    Attributes:
        page: the page.
        complaints: errors and warnings on its console, and exceptions nobody caught.
        hosts: the hosts it asked anything of.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.hosts: set[str | None] = set()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._ask)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _ask(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).hostname)


async def accessibility_findings(page: Page) -> list[str]:
    """Return what axe-core finds serious or worse."""
    await page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    result: dict[str, Any] = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{found['id']}: {found['help']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for found in result["violations"]
        if found["impact"] in _SERIOUS
        for node in found["nodes"][:3]
    ]

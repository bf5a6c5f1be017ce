"""Links and anchors of the pages lead somewhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def links_in(page: Path) -> list[str]:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    return [link for link in LINK.findall(text) if not re.match(r"\w+:", link)]


@cache
def anchors_of(page: Path) -> set[str]:
    """What GitHub makes of the headings, for links that lead to them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def goes_nowhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    to = page if not path else page.parent / path
    if not to.exists():
        return True
    return bool(anchor) and anchor not in anchors_of(to)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    assert not [link for link in links_in(page) if goes_nowhere(page, link)]


def test_links_that_lead_nowhere_are_found() -> None:
    here = ROOT / "docs" / "embedding.md"
    assert goes_nowhere(here, "no-page.md")
    assert goes_nowhere(here, "truth.md#no-heading")
    assert goes_nowhere(here, "#no-heading")
    assert not goes_nowhere(here, "truth.md#what-no-record-speaks-of")


def test_every_page_is_one_that_the_readme_leads_to() -> None:
    led_to = {link.partition("#")[0] for link in links_in(ROOT / "README.md")}
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= led_to

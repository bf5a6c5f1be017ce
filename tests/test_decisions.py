"""The index of docs/decisions.md leads to every decision."""

import re
from collections import Counter
from pathlib import Path

PAGE = (Path(__file__).parent.parent / "docs" / "decisions.md").read_text(encoding="utf-8")
INDEX, _, ENTRIES = PAGE.partition("\n## ")
TITLES = re.findall(r"^## (.+)$", f"## {ENTRIES}", re.MULTILINE)
LISTED = re.findall(r"^- \[(.+)\]\(#(.+)\)$", INDEX, re.MULTILINE)


def anchor(title: str) -> str:
    """What GitHub makes of a heading, for links that lead to it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_each_decision_is_listed_once_under_a_theme() -> None:
    listed = Counter(title for title, _ in LISTED)
    assert not [title for title in TITLES if not listed[title]], "list these at the top, by theme"
    assert not [title for title in listed if title not in TITLES], "these are decisions no more"
    assert set(listed.values()) == {1}


def test_each_line_of_the_index_leads_to_its_decision() -> None:
    assert len(set(map(anchor, TITLES))) == len(TITLES)
    for title, link in LISTED:
        assert link == anchor(title)


def test_each_decision_says_what_was_chosen_over_what_and_why() -> None:
    for entry in f"\n## {ENTRIES}".split("\n## ")[1:]:
        assert re.findall(r"^- \*\*(Choice|Over|Why)\*\*: ", entry, re.MULTILINE) == [
            "Choice",
            "Over",
            "Why",
        ]

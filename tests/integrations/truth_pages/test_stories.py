"""The pictures of docs/truth.md show what the engine says, and what it says is true."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from integrations.truth_pages import STORIES, Story, Told, picture_of, told
from integrations.truth_pages.stories import instant
from machines import SECOND, spans

TOLD = list(told())
NAMES = [each.story.name for each in TOLD]
DOCS = Path(__file__).parents[3] / "docs"


def was_there(story: Story, at: float) -> bool:
    return any(start <= at < end for start, end in story.truth)


@pytest.mark.parametrize("each", TOLD, ids=NAMES)
def test_what_a_record_asserts_is_true(each: Told) -> None:
    (record,) = each.records
    asserted = list(spans(record.started_at, record.ended_at, record.stretches))
    for tenth in range(600):
        at = instant(tenth / 10)
        said = next((span.value for span in asserted if span.start <= at < span.end), "absent")
        if said != "unknown":
            assert (said == "present") == was_there(each.story, tenth / 10), (tenth / 10, said)


@pytest.mark.parametrize("each", TOLD, ids=NAMES)
def test_the_truth_lies_within_the_bound(each: Told) -> None:
    (record,) = each.records
    truth = sum(end - start for start, end in each.story.truth) * 60
    assert record.uncertain_seconds is not None
    assert abs(truth - record.seconds) <= record.uncertain_seconds


def test_nothing_is_uncertain_where_everything_was_seen() -> None:
    uncertain = {each.story.name: each.records[0].uncertain_seconds for each in TOLD}
    assert (uncertain["seen"], uncertain["short-absence"]) == (0, 0)


@pytest.mark.parametrize("each", TOLD, ids=NAMES)
def test_a_picture_is_a_document_that_names_its_story(each: Told) -> None:
    document = ET.fromstring(picture_of(each))  # noqa: S314 - made by the line before
    title = document.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == each.story.title


@pytest.mark.parametrize("each", TOLD, ids=NAMES)
def test_a_bar_is_as_long_as_what_it_shows(each: Told) -> None:
    document = ET.fromstring(picture_of(each))  # noqa: S314 - made by the line before
    bars = document.findall("{http://www.w3.org/2000/svg}rect")
    shown = sum(float(bar.attrib["width"]) for bar in bars if bar.attrib["class"] == "truth")
    minutes = sum(end - start for start, end in each.story.truth)
    per_minute = shown / minutes
    (record,) = each.records
    said = sum(
        span.end - span.start
        for span in spans(record.started_at, record.ended_at, record.stretches)
    )
    drawn = sum(
        float(bar.attrib["width"])
        for bar in bars
        if bar.attrib["class"].split()[0] in {"present", "unknown", "away"}
        and float(bar.attrib["height"]) > 11
    )
    assert drawn == pytest.approx(said / (60 * SECOND) * per_minute)


def test_what_is_not_counted_is_told_from_what_is_by_more_than_a_shade() -> None:
    drawn = picture_of(TOLD[0])
    fills = dict(re.findall(r"^\.(\w+) \{ fill: url\(#(\w+)\)", drawn, re.MULTILINE))
    assert fills.keys() == {"unknown", "uncredited"}
    patterns = dict(re.findall(r'<pattern id="(\w+)".*?><(\w+) ', drawn.replace("\n", " ")))
    assert patterns[fills["unknown"]] == "line"
    assert patterns[fills["uncredited"]] == "circle"


def sums_in(each: Told) -> list[ET.Element]:
    document = ET.fromstring(picture_of(each))  # noqa: S314 - made by the line before
    texts = document.findall("{http://www.w3.org/2000/svg}text")
    return [text for text in texts if text.attrib["class"] == "sum"]


@pytest.mark.parametrize("each", TOLD, ids=NAMES)
def test_a_picture_says_what_its_record_says_to_the_second(each: Told) -> None:
    (record,), (shown,) = each.records, sums_in(each)
    assert shown.text is not None
    times = [
        int(minutes) * 60 + int(seconds or 0)
        for minutes, seconds in re.findall(r"(\d+) min(?: (\d+) s)?", shown.text)
    ]
    said = [record.seconds, *([record.uncertain_seconds] if record.uncertain_seconds else [])]
    assert times == said
    assert ("exactly" in shown.text) == (record.uncertain_seconds == 0)


@pytest.mark.parametrize("each", TOLD, ids=NAMES)
def test_what_a_record_says_fits_into_its_picture(each: Told) -> None:
    """By a usual sans-serif font: half an em a character, and some more."""
    document = ET.fromstring(picture_of(each))  # noqa: S314 - made by the line before
    (shown,) = sums_in(each)
    assert shown.text is not None
    assert float(shown.attrib["x"]) + len(shown.text) * 13 * 0.55 <= float(document.attrib["width"])


def test_every_story_is_told_in_the_document() -> None:
    text = (DOCS / "truth.md").read_text(encoding="utf-8")
    for story in STORIES:
        assert f"![{story.title}](images/truth-{story.name}.svg)" in text

"""Generated documents say what the code says, and the check names those that do not."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree as ET

import pytest

from integrations import generated_docs, settings_page
from integrations.diagrams.formats import mermaid
from integrations.generated_docs import main
from integrations.truth_pages import steps_of_a_stay
from machines import KINDS, MACHINES, Kind, Row

STORIES = (
    *("crash-gone", "crash-still-there", "lost-join", "lost-leave"),
    *("outage", "resume", "seen", "short-absence"),
)
PATHS = [
    Path("docs/images/game.svg"),
    Path("docs/images/party.svg"),
    *(Path(f"docs/images/truth-{name}.svg") for name in STORIES),
    Path("docs/images/voice.svg"),
    Path("docs/machines.md"),
    Path("docs/settings.md"),
]


documents = cache(generated_docs.documents)
"""They are the same every time, as a test says, and take half a second to make."""


@pytest.fixture(scope="module", autouse=True)
def made_once() -> Iterator[None]:
    with mock.patch.object(generated_docs, "documents", documents):
        yield


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all documents freshly written."""
    root = tmp_path_factory.mktemp("written")
    assert main(["--root", str(root)]) == 0
    return root


@pytest.fixture
def checkout(tmp_path: Path, written: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(written, tmp_path / "checkout")


def check(root: Path) -> int:
    return main(["--check", "--root", str(root)])


def test_the_documents_are_the_machines_their_pictures_and_the_settings() -> None:
    assert sorted(documents()) == PATHS


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_a_document_says_in_its_first_line_how_it_is_made(path: Path) -> None:
    first, *_ = documents()[path].splitlines()
    assert first.startswith("<!-- Generated")
    assert "make diagrams" in first


def test_documents_are_the_same_every_time() -> None:
    assert documents.__wrapped__() == documents()


def test_what_was_just_written_passes_the_check(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert check(checkout) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_the_check_fails_and_names_a_document_that_was_changed(
    checkout: Path, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (checkout / path).open("a", encoding="utf-8") as file:
        file.write("\n")
    capsys.readouterr()
    assert check(checkout) == 1
    assert capsys.readouterr().err == (
        f"{path.as_posix()} is not what the code says: run `make diagrams`.\n"
    )


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_the_check_fails_and_names_a_document_that_is_missing(
    checkout: Path, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / path).unlink()
    assert check(checkout) == 1
    assert path.as_posix() in capsys.readouterr().err


def test_the_check_changes_nothing(checkout: Path) -> None:
    changed = checkout / "docs" / "machines.md"
    changed.write_text("something else", encoding="utf-8")
    check(checkout)
    assert changed.read_text(encoding="utf-8") == "something else"


def test_writing_repairs_what_was_changed_and_leaves_the_rest(checkout: Path) -> None:
    changed, untouched = checkout / "docs" / "machines.md", checkout / "docs" / "settings.md"
    changed.write_text("something else", encoding="utf-8")
    before = untouched.stat().st_mtime_ns
    assert main(["--root", str(checkout)]) == 0
    assert check(checkout) == 0
    assert untouched.stat().st_mtime_ns == before


def section(heading: str) -> str:
    page = documents()[Path("docs/machines.md")]
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows_in(text: str) -> list[list[str]]:
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]


def cells_of(row: Row) -> list[str]:
    return [
        f"`{row.trigger}`",
        ", ".join(row.sources),
        row.dest or "*stays*",
        ", ".join(f"`{guard.__name__}`" for guard in row.when),
        ", ".join(f"`{action.__name__}`" for action in row.do),
        row.meaning,
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_holds_each_machine_its_picture_and_every_row_of_its_table(kind: Kind) -> None:
    told = section(kind.capitalize())
    assert f"```mermaid\n{mermaid(kind)}```" in told
    assert f"(images/{kind}.svg)" in told
    shared, own = rows_in(section("What all three share")), rows_in(told)
    rows = [cells_of(row) for row in MACHINES[kind].table]
    assert [cells for cells in rows if cells not in own] == shared
    assert [cells for cells in rows if cells not in shared] == own


def test_the_page_explains_every_guard_and_every_action() -> None:
    glossary = documents()[Path("docs/machines.md")].partition("\n## What the guards ask\n")[2]
    for machine in MACHINES.values():
        for row in machine.table:
            for function in (*row.when, *row.do):
                (line,) = [
                    line for line in glossary.splitlines() if f"| `{function.__name__}` |" in line
                ]
                assert len(line.split("|")[2].strip()) > len("Say.")


@pytest.mark.parametrize("kind", KINDS)
def test_a_written_picture_is_still_xml(kind: Kind) -> None:
    text = documents()[Path("docs/images") / f"{kind}.svg"]
    assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314 - the text is our own


def test_the_settings_page_is_the_one_that_the_settings_render() -> None:
    assert documents()[Path("docs/settings.md")].endswith(settings_page.render())


def test_the_stay_that_is_told_step_by_step_is_one_that_the_engine_lived_through() -> None:
    steps, record = steps_of_a_stay()
    fired = [each.row.trigger for each in steps]
    assert fired == ["start", "announce", "confirm", "lose", "return", "lose", "end"]
    assert [each.before for each in steps[1:]] == [each.after for each in steps[:-1]]
    assert (record.state, record.seconds, record.uncertain_seconds) == ("ended", 2370, 0)
    lines = documents()[Path("docs/machines.md")].splitlines()
    told = [line for line in lines if line.startswith("| 20:")]
    assert [line.split("`")[1] for line in told] == fired

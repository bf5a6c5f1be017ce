"""Generated documents say what the code says, and the check names those that do not."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree as ET

import pytest

from integrations import generated_docs, settings_page
from integrations.diagrams.formats import mermaid
from integrations.generated_docs import main
from integrations.truth_pages import Change, script_with, steps_of_a_stay
from machines import KINDS, MACHINES, Kind, Row

STORIES = (
    *("crash-gone", "crash-still-there", "lost-join", "lost-leave"),
    *("outage", "resume", "seen", "short-absence"),
)
PATHS = [
    Path("docs/embedding.md"),
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
    rows = [line for line in text.splitlines() if re.match(r"\| \d+ \| `", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows]


def cells_of(kind: Kind, row: Row) -> list[str]:
    return [
        str(MACHINES[kind].table.index(row) + 1),
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
    assert f"(images/{kind}.svg)" in told
    shared, own = rows_in(section("What all three share")), rows_in(told)
    assert shared + own == [cells_of(kind, row) for row in MACHINES[kind].table]
    assert shared
    assert own


def block(language: str, text: str) -> str:
    """The text of the one block of a language."""
    assert text.count(f"```{language}\n") == 1
    return text.partition(f"```{language}\n")[2].partition("```")[0]


def test_the_page_holds_one_machine_in_mermaid_and_what_others_have_otherwise() -> None:
    page = documents()[Path("docs/machines.md")]
    assert block("mermaid", page) == mermaid("voice")
    assert mermaid("game") == mermaid("voice").replace("voice", "game")
    otherwise = block("diff", section("Party")).splitlines()
    assert block("diff", page).splitlines() == otherwise
    lines, unlike = mermaid("voice").splitlines(), mermaid("party").splitlines()
    for line in otherwise:
        (lines if line[0] == "-" else unlike).remove(line[2:])
    assert [line for line in lines if "accTitle" not in line] == [
        line for line in unlike if "accTitle" not in line
    ]


def test_the_rows_that_the_page_names_as_tried_before_another_are_so() -> None:
    table = MACHINES["voice"].table
    gone, first, second = (table[number - 1] for number in (17, 15, 16))
    assert (gone.trigger, gone.dest) == ("validate", "orphaned")
    assert [guard.__name__ for guard in gone.when] == ["absent"]
    for row in (first, second):
        assert (row.trigger, row.dest, row.when[0]) == ("validate", None, gone.when[0])
    assert "neither of 15 and 16" in documents()[Path("docs/machines.md")]
    assert [row.trigger for row in MACHINES["party"].table[25:]] == ["go_on", "go_on"]


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
    numbers = [str(MACHINES["voice"].number_of(each.row)) for each in steps]
    assert [line.split("|")[2].strip() for line in told] == numbers


def test_the_page_shows_the_script_and_what_it_prints_when_a_reader_runs_it() -> None:
    script = Path(__file__).parents[2] / "docs" / "one_stay.py"
    told = section("One stay, by hand")
    shown = told.partition("```python\n")[2].partition("```")[0]
    assert shown == script.read_text(encoding="utf-8")
    env = os.environ | {"PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(  # noqa: S603 - the script is our own
        [sys.executable, script], capture_output=True, env=env, check=True
    )
    assert block("text", told) == ran.stdout.decode()


@pytest.mark.parametrize(
    ("rows", "end"),
    [
        ("1 start, 3 announce, 7 cancel, 2 recover, 8 lose, 10 end", "1200 s ± 1195 s"),
        ("1 start, 3 announce, 5 confirm, 17 validate", "0 s ± 1200 s"),
        ("1 start, 3 announce, 5 confirm, 21 validate, 8 lose, 9 return", "no record"),
        (
            "1 start, 3 announce, 5 confirm, 21 validate, 19 validate, 8 lose, 10 end",
            "2400 s ± 1200 s",
        ),
    ],
)
def test_each_change_that_the_page_invites_to_leads_where_it_says(rows: str, end: str) -> None:
    [line] = [line for line in section("One stay, by hand").splitlines() if f"  {rows};" in line]
    assert end in line


def test_lines_that_the_script_does_not_have_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="one place for 'wait_until'"):
        script_with(Change("it waits", "wait_until", "pass"))

"""An evening of the demo from end to end, and nothing left behind however it ends."""

from __future__ import annotations

import io
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

import pytest

from integrations.demo import main
from integrations.demo.processes import DemoError
from integrations.demo.sentences import tell
from integrations.loopback.server import PATIENCE
from persistence import HistoryFilter, LedgerReader

QUICK = 0.25
"""Seconds a minute of the evening takes in a test."""

PIDS = re.compile(r"Connected: Latido is process (\d+), the other bot (\d+)\.")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty, in this process and those it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def latido_demo(*arguments: str) -> subprocess.Popen[str]:
    """Start a demo in a group of its own, as a shell at a terminal does."""
    return subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-u", "-m", "integrations.cli", "demo", "--language", "en", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0,
    )  # fmt: skip


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for_the_end_of(pid: int) -> None:
    """Wait until a process has ended, whether or not anybody has asked how."""
    descriptor = os.pidfd_open(pid)
    try:
        assert select.select([descriptor], [], [], PATIENCE) != ([], [], [])
    finally:
        os.close(descriptor)


def read_to(stream: IO[str], pattern: re.Pattern[str]) -> re.Match[str]:
    for line in stream:
        if found := pattern.search(line):
            return found
    raise AssertionError(f"{pattern.pattern!r} was never printed")


def test_an_evening_ends_with_latido_within_its_margins_and_nothing_left(scratch: Path) -> None:
    stream = io.StringIO()
    picture = scratch / "table.svg"
    status = main("en", picture, program=".venv/bin/latido", pace=QUICK, stream=stream)
    said = stream.getvalue()
    assert status == 0, said
    for scene in ("1. A night", "2. Discord loses", "3. The server", "4. The bot", "5. Everybody"):
        assert scene in said
    for line in ("🗑 🔊 Zeta joined", "Orphaned session detected: agu", "Voice session restored"):
        assert line in said
    assert "In every row the truth lies within the margin" in said
    assert "all in order, nothing twice" in said
    assert "Traceback" not in said
    assert list(scratch.iterdir()) == [picture]
    assert "  .venv/bin/latido demo --language en --keep" in said
    assert said.splitlines()[2] == "En español: .venv/bin/latido demo --language es"
    assert "#notices is silent to the end" in " ".join(said.split())
    announced, _, _ = said.partition("#notices announces agu and not Zeta")
    _, _, since_both_came = announced.rpartition("Zeta comes back")
    assert re.findall(r"#notices 🔊 (\w+) joined", since_both_came) == ["agu"]
    assert not any(is_running(int(pid)) for pid in PIDS.findall(said)[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_takes_its_bots_and_its_files_with_it(
    scratch: Path, number: signal.Signals
) -> None:
    with latido_demo() as demo:
        assert demo.stdout is not None
        pids = [int(pid) for pid in read_to(demo.stdout, PIDS).groups()]
        assert all(is_running(pid) for pid in pids)
        demo.send_signal(number)
        rest = demo.stdout.read()
        assert demo.wait(PATIENCE) == 130
    assert "Interrupted" in rest
    assert "Traceback" not in rest
    assert not any(is_running(pid) for pid in pids)
    assert list(scratch.iterdir()) == []


def test_told_to_stop_while_its_bots_connect_it_says_so_and_no_more(scratch: Path) -> None:
    with latido_demo() as demo:
        assert demo.stdout is not None
        read_to(demo.stdout, re.compile("Starting the two bots"))
        while len(pids := children_of(demo.pid)) < 2:
            assert demo.poll() is None
        demo.send_signal(signal.SIGSTOP)  # no Discord answers: they cannot get any further
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does
        for pid in pids:
            if os.getpgid(pid) == demo.pid:
                wait_for_the_end_of(pid)
        demo.send_signal(signal.SIGCONT)
        rest = demo.stdout.read()
        assert demo.wait(PATIENCE) == 130
    assert "Traceback" not in rest
    assert "events_only" not in rest
    assert rest.splitlines()[-1] == tell("en", "trouble.interrupted")
    assert not any(is_running(pid) for pid in pids)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("module", ["typer", "integrations.demo", "discord"])
def test_told_to_stop_while_it_is_being_loaded_it_ends_without_a_word(module: str) -> None:
    code = (
        "import sys\n"
        "class Pressed:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Pressed())\n"
        "from integrations.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own code
        [sys.executable, "-c", code, "demo"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_however_often_it_is_told_to_stop_it_cleans_up(scratch: Path) -> None:
    with latido_demo() as demo:
        assert demo.stdout is not None
        pids = [int(pid) for pid in read_to(demo.stdout, PIDS).groups()]
        while demo.poll() is None:
            os.killpg(demo.pid, signal.SIGINT)
        rest = demo.stdout.read()
    assert demo.returncode == 130
    assert "Traceback" not in rest
    assert rest.splitlines()[-1] == tell("en", "trouble.interrupted")
    assert not any(is_running(pid) for pid in pids)
    assert list(scratch.iterdir()) == []


def test_a_picture_that_could_not_be_saved_is_refused_before_the_evening(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="make it, or save the table elsewhere"):
        main("en", tmp_path / "nowhere" / "table.svg", stream=io.StringIO())


def test_a_picture_is_refused_before_the_evening_where_no_file_can_be_written(
    tmp_path: Path,
) -> None:
    stream = io.StringIO()
    with pytest.raises(DemoError, match=r"cannot be written \(is a directory\): name another file"):
        main("en", tmp_path, stream=stream)
    assert stream.getvalue() == ""


def test_asking_whether_a_picture_can_be_saved_leaves_files_as_they_are(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "mine").touch()
    (tmp_path / "old.svg").write_text("old", encoding="utf-8")
    for name in ("old.svg", "new.svg"):
        with pytest.raises(DemoError, match="is new or empty"):
            main("en", tmp_path / name, keep=kept, stream=io.StringIO())
    assert (tmp_path / "old.svg").read_text(encoding="utf-8") == "old"
    assert not (tmp_path / "new.svg").exists()


def test_an_evening_that_is_kept_can_be_looked_at_however_it_ends(scratch: Path) -> None:
    with latido_demo("--keep", str(scratch / "evening")) as demo:
        assert demo.stdout is not None
        read_to(demo.stdout, PIDS)
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
        assert demo.wait(PATIENCE) == 130
    assert f"what they wrote down is in {scratch / 'evening'}" in " ".join(rest.split())
    assert list(LedgerReader(scratch / "evening" / "data").history(HistoryFilter())) == []
    assert list(scratch.iterdir()) == [scratch / "evening"]


def test_what_an_evening_holds_can_be_asked_for_from_its_first_line_on(scratch: Path) -> None:
    data_dir = scratch / "evening" / "data"
    with latido_demo("--keep", str(scratch / "evening")) as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline()
        is_there = data_dir.is_dir()
        demo.send_signal(signal.SIGINT)
        demo.stdout.read()
    assert is_there
    assert data_dir.stat().st_mode & 0o777 == 0o700


def test_an_evening_is_kept_in_a_new_folder_or_an_empty_one_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    for taken, problem in (
        (tmp_path, "for it is not empty: name a folder that is new or empty"),
        (tmp_path / "mine", "(file exists): name a folder that is new or empty"),
        (tmp_path / "no" / "where", "(no such file or directory): name a folder in a place"),
        (tmp_path / "mine" / "x", "(not a directory): name a folder in a place where you may"),
    ):
        with pytest.raises(DemoError, match=re.escape(problem)):
            main("en", keep=taken, stream=io.StringIO())


@pytest.mark.soak
def test_the_whole_evening_at_its_own_pace(scratch: Path) -> None:
    with latido_demo() as demo:
        assert demo.stdout is not None
        said = demo.stdout.read()
        assert demo.wait(PATIENCE) == 0, said
    assert "In every row the truth lies within the margin" in said
    assert list(scratch.iterdir()) == []

"""Standard output that cannot be written: one sentence, status 1, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integrations.cli.conftest import Outcome

FULL = Path("/dev/full")

CANNOT = (
    "latido: Standard output cannot be written ({}): send it to where there is room and where you "
    "may write.\n"
)

needs_a_full_device = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


def run(*arguments: str, to: int | None, unbuffered: bool = False) -> Outcome:
    """Run ``latido`` with ``to`` as its standard output; None: with none."""
    command = [sys.executable, "-m", "integrations.cli", *arguments]
    if unbuffered:
        command.insert(1, "-u")
    if to is None:
        command = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *command]
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own module
        command,
        stdout=to,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
        env={"LATIDO_LOG_LANGUAGE": "en", "COLUMNS": "80"},
    )
    return Outcome(done.returncode, "", done.stderr)


def run_into_a_full_device(*arguments: str, unbuffered: bool = False) -> Outcome:
    with FULL.open("wb") as device:
        return run(*arguments, to=device.fileno(), unbuffered=unbuffered)


COMMANDS = pytest.mark.parametrize(
    "arguments",
    [
        ("history",),
        ("history", "--json"),
        ("export",),
        ("diagram", "voice", "--format", "svg"),
        ("--help",),
        ("--version",),
    ],
    ids=" ".join,
)


def asked_of(data_dir: Path, arguments: tuple[str, ...]) -> tuple[str, ...]:
    reads = arguments[0] in {"history", "export"}
    return (*arguments, "--data-dir", str(data_dir)) if reads else arguments


@needs_a_full_device
@COMMANDS
def test_a_full_disk_is_said_in_one_sentence(data_dir: Path, arguments: tuple[str, ...]) -> None:
    said = CANNOT.format("no space left on device")
    assert run_into_a_full_device(*asked_of(data_dir, arguments)) == Outcome(1, "", said)


@needs_a_full_device
def test_a_full_disk_is_said_where_nothing_is_buffered_too() -> None:
    said = CANNOT.format("no space left on device")
    assert run_into_a_full_device("--help", unbuffered=True) == Outcome(1, "", said)


@COMMANDS
def test_a_closed_standard_output_is_said_in_one_sentence(
    data_dir: Path, arguments: tuple[str, ...]
) -> None:
    asked = asked_of(data_dir, arguments)
    assert run(*asked, to=None) == Outcome(1, "", CANNOT.format("it is closed"))


def test_what_prints_nothing_needs_no_standard_output(data_dir: Path) -> None:
    outcome = run("verify", "--data-dir", str(data_dir), to=None)
    assert outcome == Outcome(0, "", f"{data_dir} is in order.\n")


@COMMANDS
def test_whoever_reads_no_further_is_not_told_about_it(
    data_dir: Path, arguments: tuple[str, ...]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        outcome = run(*asked_of(data_dir, arguments), to=writing)
    finally:
        os.close(writing)
    assert outcome == Outcome(1, "", "")


def test_what_is_printed_is_all_there_and_in_its_order(data_dir: Path, tmp_path: Path) -> None:
    arguments = ("history", "--json", "--data-dir", str(data_dir))
    for unbuffered in (False, True):
        with (tmp_path / "out").open("w+b") as out:
            assert run(*arguments, to=out.fileno(), unbuffered=unbuffered).status == 0
        lines = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
        assert [line.startswith('{"id"') for line in lines] == [True, True, True]

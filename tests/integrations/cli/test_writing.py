"""What a command writes to a file: all of it or nothing, and why not."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NoReturn

import pytest

from integrations.cli.arguments import ArgumentError
from integrations.cli.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]


def refuse_with(number: int) -> Callable[..., NoReturn]:
    def refuse(*_arguments: object, **_named: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (
            errno.ENOSPC,
            "(no space left on device): free space, or name a file where there is room.",
        ),
        (errno.EROFS, "(read-only file system): name a file where you may write."),
        (errno.EIO, "(input/output error): name another file."),
    ],
    ids=errno.errorcode.get,
)
def test_a_page_that_cannot_be_written_leaves_the_one_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    page = tmp_path / "report.html"
    page.write_text("the old page")
    monkeypatch.setattr(os, "fsync", refuse_with(number))
    with pytest.raises(ArgumentError) as caught:
        write_whole(page, "half of a new one")
    assert str(caught.value) == f"{page} cannot be written {sentence}"
    assert page.read_text() == "the old page"
    assert list(tmp_path.iterdir()) == [page]


def test_a_new_one_that_cannot_be_written_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", refuse_with(errno.ENOSPC))
    with pytest.raises(ArgumentError):
        write_whole(tmp_path / "report.html", "half of it")
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_replaced_for_those_who_may_read_it_and_where_a_link_leads(
    tmp_path: Path,
) -> None:
    page = tmp_path / "report.html"
    page.write_text("the old page")
    page.chmod(0o644)
    link = tmp_path / "link"
    link.symlink_to(page)
    write_whole(link, "the new page")
    assert link.is_symlink()
    assert page.read_text() == "the new page"
    assert page.stat().st_mode & 0o777 == 0o644


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, "the page")
    assert os.read(reader, 100) == b"the page"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_folder_that_is_missing_or_in_the_way_is_named(latido: Latido, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert latido("diagram", "voice", "-o", "nowhere/v.svg").err == (
        "latido: nowhere/v.svg cannot be written (no such file or directory): name a file in a "
        "folder that is there.\n"
    )
    assert latido("diagram", "voice", "-o", "folder").err == (
        "latido: folder cannot be written (is a directory): name a file, which a folder is not.\n"
    )


def to_a_full_disk(path: Path, how: int) -> int:
    """Make the file, and return the descriptor of one on a disk without room."""
    os.close(os.open(path, os.O_CREAT | how))
    return os.open("/dev/full", os.O_WRONLY)


@pytest.mark.usefixtures("data_dir")
@pytest.mark.parametrize("written_as", ["jsonl", "csv", "parquet"])
def test_an_export_to_a_full_disk_is_one_sentence_and_leaves_nothing(
    latido: Latido, tmp_path: Path, written_as: str
) -> None:
    full = tmp_path / f"all.{written_as}"
    assert latido("export", "-o", full.name).status == 0
    told = latido("export", "-o", full.name)
    assert told.err == f"latido: {full.name} cannot be written (file exists): give another name.\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "integrations.cli.exchange_commands.open_to_write",
            to_a_full_disk,
        )
        told = latido("export", "-o", f"new.{written_as}")
    assert told.status == 2
    assert told.err == (
        f"latido: new.{written_as} cannot be written (no space left on device): free space, or "
        "name a file where there is room.\n"
    )
    assert not (tmp_path / f"new.{written_as}").exists()

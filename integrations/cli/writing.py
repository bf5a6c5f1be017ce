"""What a command writes: to a file, or to standard output; and why it could not."""

import errno
import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from integrations.cli.arguments import ArgumentError
from integrations.cli.options import STANDARD_OUTPUT
from integrations.private_files import open_to_write
from persistence.errors import reason_of

__all__ = ["not_written", "write_whole"]

_HELPS: Final = {
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "free space, or name a file where there is room"
    ),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "name a file where you may write"),
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR), "name a file in a folder that is there"),
    errno.EISDIR: "name a file, which a folder is not",
    errno.EEXIST: "give another name",
    errno.ENAMETOOLONG: "give a shorter name",
}


def not_written(path: Path, error: OSError) -> ArgumentError:
    """Return the error that says why a file cannot be written, and what helps with that."""
    help_ = _HELPS.get(error.errno or 0, "name another file")
    return ArgumentError(f"{path} cannot be written ({reason_of(error)}): {help_}.")


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to a file, or to standard output where it is named ``-``.

    A file that is there is as it was until all of the new one is written, which then has its
    place and who may read it.

    Raises:
        ArgumentError: the file cannot be written.
    """
    data = text.encode()
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()  # what is said of it comes after it
        return
    try:
        there = _status_of(path)
        if there is None or stat.S_ISREG(there.st_mode):
            _replace(path.resolve(), data, there)  # a link goes on to lead there
        else:  # a pipe or a terminal, which nothing can take the place of
            with os.fdopen(open_to_write(path, 0), "wb") as file:
                file.write(data)
    except OSError as error:
        raise not_written(path, error) from error


def _status_of(path: Path) -> os.stat_result | None:
    """Return what and whose a file is; None where there is none."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _replace(path: Path, data: bytes, there: os.stat_result | None) -> None:
    with tempfile.TemporaryDirectory(prefix=".latido-", dir=path.parent) as name:
        fresh = Path(name) / "fresh"
        with os.fdopen(open_to_write(fresh, os.O_EXCL), "wb") as file:
            file.write(data)
            if there is not None:
                with suppress(OSError):  # only root may give a file away
                    os.fchown(file.fileno(), there.st_uid, there.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(there.st_mode))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

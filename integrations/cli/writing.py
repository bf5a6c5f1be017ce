"""What a command writes whole: to a file, or to standard output."""

import os
import sys
from pathlib import Path

from integrations.cli.arguments import ArgumentError
from integrations.cli.options import STANDARD_OUTPUT
from integrations.private_files import open_to_write

__all__ = ["write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to a file, which is made anew, or to standard output where it is named ``-``.

    Raises:
        ArgumentError: the file cannot be written.
    """
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()  # what is said of it comes after it
        return
    try:
        with os.fdopen(open_to_write(path, os.O_TRUNC), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ArgumentError(
            f"{path} cannot be written ({error.strerror}): name a file in a folder that is there."
        ) from error

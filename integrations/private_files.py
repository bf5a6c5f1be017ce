"""Files with the names and the times of people: nobody but their owner reads them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["open_to_write"]


def open_to_write(path: Path, how: int) -> int:
    """Return the descriptor of a file to write to; one that is made is its owner's alone.

    Args:
        path: the file.
        how: such as ``os.O_TRUNC``, ``os.O_APPEND`` or ``os.O_EXCL``.

    Raises:
        OSError: it cannot be written.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)

"""Running a module that ends by itself when whoever started it is gone.

    python -m integrations.tethered MODULE [ARGUMENT...]

Its standard input is a pipe that nothing is written to, whose other end the starting process
holds. The kernel closes that end however the process dies, be it by SIGKILL: then the module is
asked to end, as by ``kill``, and ends whether it does so or not.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from contextlib import suppress

__all__ = ["end_with_the_pipe"]

PATIENCE = 10.0
"""Seconds in which the module may tidy up."""

_PIECE = 4096


def end_with_the_pipe(pipe: int, patience: float = PATIENCE) -> None:
    """Wait until a pipe has no other end any more; then end this process.

    Args:
        pipe: the file descriptor of the end that is read from.
        patience: seconds between SIGTERM and an end without more ado.
    """
    with suppress(OSError):  # no pipe at all: nobody holds the other end
        while os.read(pipe, _PIECE):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(patience)
    os._exit(1)


if __name__ == "__main__":
    _, module, *arguments = sys.argv
    threading.Thread(target=end_with_the_pipe, args=(sys.stdin.fileno(),), daemon=True).start()
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)

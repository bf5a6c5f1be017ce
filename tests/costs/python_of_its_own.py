"""A Python of its own: what code does in a process where nothing else has run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["run_alone"]

_ROOT = Path(__file__).parent.parent.parent


def run_alone(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` from the project's folder, and return what it has written; it must succeed."""
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own code
        [sys.executable, "-c", code, *arguments],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done

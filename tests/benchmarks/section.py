"""One section in a process of its own: ``python -m tests.benchmarks.section NAME FILE``."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tests.benchmarks.figures import Section

__all__ = ["SECTIONS", "run"]

SECTIONS = (
    "machines_beside",
    "events",
    "checks",
    "holds",
    "restoring",
    "memory",
    "big_guilds",
    "crowds",
)


def run(name: str) -> Section:
    """Measure a section."""
    logging.basicConfig(level=logging.INFO, filename=os.devnull)
    module = importlib.import_module(f"tests.benchmarks.{name}")
    with tempfile.TemporaryDirectory() as folder:
        measured: Section = asyncio.run(module.measure(Path(folder)))
    return measured


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(run(sys.argv[1])))

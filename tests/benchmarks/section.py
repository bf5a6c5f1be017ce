"""One section in a process of its own: ``python -m tests.benchmarks.section NAME FILE``."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tests.benchmarks.figures import Section

__all__ = ["ALONE", "ASLEEP", "LONG", "SECTIONS", "run"]

SECTIONS = {
    "machines_beside": "machines_beside:measure",
    "events": "events:measure",
    "paced": "paced:measure",
    "checks": "checks:measure",
    "holds": "holds:measure",
    "guild_holds": "holds_of_guilds:measure",
    "party_holds": "holds_of_parties:measure",
    "many_holds": "holds_of_many:measure",
    "restoring": "restoring:measure",
    "memory": "memory:measure",
    "memory_of_ten": "memory:guilds_of_ten",
    "memory_restored": "memory_restored:measure",
    "month": "month:measure",
    "big_guilds": "big_guilds:measure",
    "one_guild": "crowds:one_guild",
    "guilds_of_ten": "crowds:guilds_of_ten",
    "one_party": "crowds:one_party",
    "long_histories": "long_histories:measure",
}
"""What there is to measure, in the order of the page: where, and by what."""

ALONE = frozenset({"events", "holds", "party_holds"})
"""What is measured by the clock on the wall, or is a few microseconds: with nothing beside it."""

ASLEEP = frozenset({"paced"})
"""What sleeps nearly all the time, and is measured beside all others but those."""

LONG = (
    "memory",
    "checks",
    "big_guilds",
    "memory_restored",
    "guilds_of_ten",
    "one_guild",
    "one_party",
    "guild_holds",
    "memory_of_ten",
    "restoring",
)
"""What takes long, the longest first: what is short fills up the time until all are done."""


def run(name: str) -> Section:
    """Measure a section."""
    logging.basicConfig(level=logging.INFO, filename=os.devnull)
    module, _, measure = SECTIONS[name].partition(":")
    begin = getattr(importlib.import_module(f"tests.benchmarks.{module}"), measure)
    with tempfile.TemporaryDirectory() as folder:
        measured: Section = asyncio.run(begin(Path(folder)))
    measured.processor_seconds = time.process_time()
    return measured


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(run(sys.argv[1])))

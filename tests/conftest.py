"""What holds for every test."""

from __future__ import annotations

import gc
import logging
import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

TERMINALS = {
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "LINES",
    "NO_COLOR",
    "PY_COLORS",
    "TERM",
    "TERMINAL_WIDTH",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
}

# How long an example took is no part of a test, and each run of ``make test`` takes the same.
settings.register_profile("latido", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None, max_examples=1_000)
settings.load_profile("latido")


# What somebody's terminal is like, and how their bot is set, is no part of a test either. Before
# anything of ours is imported, for what writes to terminals asks for some of it as it is imported.
for variable in [*os.environ]:
    if variable in TERMINALS or variable.startswith(("LATIDO_", "DISCORD_", "DATA_DIR")):
        del os.environ[variable]

# Whoever is begun in the background (``&`` in a script) ignores Ctrl-C, and so would every process
# that a test begins.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep all tests, which stay to the end, from the collector, which would go through them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Have collector and log on again behind a test that does without, as measurements do."""
    disabled = logging.root.manager.disable
    yield
    logging.disable(disabled)
    gc.enable()

"""Evidence: three answers, and which of them say something new."""

from __future__ import annotations

from typing import get_args

import pytest

from machines import Source
from tests.machines.builders import absent, evidence, present

SOURCES: tuple[Source, ...] = get_args(Source)


@pytest.mark.parametrize("source", SOURCES)
def test_only_the_cache_says_nothing_new(source: Source) -> None:
    assert present(1, source).fresh == (source != "cache")
    assert absent(1, source).fresh == (source != "cache")


@pytest.mark.parametrize("source", SOURCES)
def test_not_knowing_is_never_fresh(source: Source) -> None:
    assert not evidence("unknown", 1, source).fresh

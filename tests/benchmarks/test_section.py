"""Sections: each is somewhere, and those that take long are among them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.benchmarks.section import LONG, SECTIONS


@pytest.mark.parametrize("where", SECTIONS.values())
def test_each_section_is_a_coroutine_of_its_module(where: str) -> None:
    """Read, not imported: some need the libraries of the extra ``bench``."""
    module, _, measure = where.partition(":")
    read = ast.parse(Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8"))

    assert measure in [each.name for each in read.body if isinstance(each, ast.AsyncFunctionDef)]


def test_what_takes_long_is_among_the_sections() -> None:
    assert set(LONG) <= set(SECTIONS)

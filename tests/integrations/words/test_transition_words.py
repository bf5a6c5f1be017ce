"""Every transition is said in both languages."""

from __future__ import annotations

from integrations.words.transition_words import MEANINGS, in_spanish
from machines import MACHINES

SAID = {row.meaning for machine in MACHINES.values() for row in machine.table}


def test_every_row_of_every_table_is_said_in_spanish() -> None:
    missing = SAID - MEANINGS.keys()
    assert not missing, f"Say these in integrations/words/transition_words.py: {missing}"


def test_nothing_is_said_that_no_row_means() -> None:
    assert MEANINGS.keys() <= SAID


def test_what_is_not_known_stays_as_it_is() -> None:
    assert in_spanish("something new") == "something new"

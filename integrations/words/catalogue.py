"""Every sentence people see in logs, notices and commands, in Spanish and in English.

A sentence is known by its key and names the values it may be given; the level of a log line
is not its business. The wording in Spanish is the proposal's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.words.cli_sentences import CLI_SENTENCES
from integrations.words.command_sentences import COMMAND_SENTENCES
from integrations.words.doctor_sentences import DOCTOR_SENTENCES
from integrations.words.evidence_sentences import EVIDENCE_SENTENCES
from integrations.words.inspector_sentences import INSPECTOR_SENTENCES
from integrations.words.log_sentences import LOG_SENTENCES
from integrations.words.notice_sentences import NOTICE_SENTENCES
from integrations.words.report_sentences import REPORT_SENTENCES
from integrations.words.sentence import Sentence
from integrations.words.simulation_sentences import SIMULATION_SENTENCES
from integrations.words.wording import fill

if TYPE_CHECKING:
    from integrations.words.wording import Language, Value

__all__ = ["CATALOGUE", "Sentence", "UnknownSentenceError", "say"]


class UnknownSentenceError(Exception):
    """The catalogue has no such sentence, or a value it needs is missing or does not fit."""


def say(language: Language, key: str, /, **values: Value) -> str:
    """Return the sentence ``key`` in ``language`` with ``values`` in it.

    Values that the sentence does not name are left out, so that all sentences about one thing
    can be given the same. Names in notices must have their Markdown escaped by the caller.

    Raises:
        UnknownSentenceError: no sentence has that key, or a value is missing or does not fit.
    """
    try:
        return fill(language, CATALOGUE[key].template(language), values)
    except (KeyError, ValueError) as error:
        raise UnknownSentenceError(
            f"The catalogue cannot say {key!r} with the values {values} ({error!r}): "
            "mend the sentence in integrations/words/ or the values."
        ) from error


CATALOGUE: dict[str, Sentence] = {
    **LOG_SENTENCES,
    **NOTICE_SENTENCES,
    **COMMAND_SENTENCES,
    **CLI_SENTENCES,
    **DOCTOR_SENTENCES,
    **REPORT_SENTENCES,
    **EVIDENCE_SENTENCES,
    **INSPECTOR_SENTENCES,
    **SIMULATION_SENTENCES,
}
"""All sentences by key."""

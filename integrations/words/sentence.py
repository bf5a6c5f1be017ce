"""A sentence in every language that is spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

if TYPE_CHECKING:
    from integrations.words.wording import Language

__all__ = ["Sentence"]


class Sentence(NamedTuple):
    """One sentence in both languages; ``values`` are the names of what it may be given."""

    values: str
    es: str
    en: str

    def template(self, language: Language) -> str:
        """Return the sentence in a language, its values still to be filled in."""
        match language:
            case "es":
                return self.es
            case "en":
                return self.en
            case _:
                assert_never(language)

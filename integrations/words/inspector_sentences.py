"""What is said about the inspector."""

from __future__ import annotations

from integrations.words.sentence import Sentence

__all__ = ["INSPECTOR_SENTENCES"]

INSPECTOR_SENTENCES: dict[str, Sentence] = {
    "inspector.open": Sentence(
        "url",
        "🔎 Inspector abierto en {url}",
        "🔎 Inspector open at {url}",
    ),
}

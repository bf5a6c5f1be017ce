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
    "inspector.open_everywhere": Sentence(
        "url",
        "🔎 Inspector abierto en {url}; desde otras máquinas, con el nombre o la dirección de esta",
        "🔎 Inspector open at {url}; from other machines with this one's name or address",
    ),
}

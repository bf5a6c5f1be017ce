"""What ``latido doctor`` says, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.sentence import Sentence

__all__ = ["DOCTOR_SENTENCES"]

DOCTOR_SENTENCES: dict[str, Sentence] = {}

"""Who watches a cog: told what it does, without a part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integrations.evidence.check_figures import CheckFigures
    from machines import Effect

__all__ = ["CogObserver"]


class CogObserver(Protocol):
    """Told of every step and every check. It must neither change anything nor raise."""

    def saw_effects(self, effects: Sequence[Effect]) -> None:
        """Hear what a step asked of the outside; one that asked for nothing is not told."""
        ...

    def saw_check(self, figures: CheckFigures) -> None:
        """Hear that a health check has come to its end."""
        ...

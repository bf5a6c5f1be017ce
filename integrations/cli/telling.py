"""What a command says beside its output: what it has done, and how far it is."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from integrations.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integrations.words.wording import Language, Value

__all__ = ["shown_progress", "tell"]


def tell(language: Language, key: str, **values: Value) -> None:
    """Say something on standard error."""
    sys.stderr.write(f"{say(language, key, **values)}\n")


@contextmanager
def shown_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far long work is, where somebody is looking."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, whole: shown.update(task, completed=done, total=whole)

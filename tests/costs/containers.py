"""How much is held: the lengths of all containers that an object of ours leads to."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["lengths"]

_OURS = {"machines", "engine", "persistence", "integrations"}
_SEVERAL = (list, tuple, set, frozenset, deque)


def lengths(root: object) -> Counter[str]:
    """Return the entries of all containers, summed by the path of attributes to them.

    It goes through objects of our own classes and through containers, and no further: what
    discord.py and asyncio hold is theirs.
    """
    found: Counter[str] = Counter()
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [(type(root).__name__, root)]
    while waiting:
        path, each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, dict):
            found[path] += len(each)
            waiting += [(f"{path}[]", value) for value in each.values()]
        elif isinstance(each, _SEVERAL):
            found[path] += len(each)
            waiting += [(f"{path}[]", value) for value in each]
        elif type(each).__module__.partition(".")[0] in _OURS:
            waiting += [(f"{path}.{name}", value) for name, value in _attributes(each)]
    return found


def _attributes(each: object) -> Iterator[tuple[str, Any]]:
    if isinstance(each, msgspec.Struct):
        names = list(each.__struct_fields__)
    else:
        slots = [getattr(kind, "__slots__", ()) for kind in type(each).__mro__]
        names = [*getattr(each, "__dict__", ()), *(name for some in slots for name in some)]
    for name in names:
        if hasattr(each, name):
            yield name, getattr(each, name)

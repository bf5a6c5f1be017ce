"""Session ids: unique for ever, for the ledger takes two records of one id for one."""

from __future__ import annotations

import os
from random import Random

__all__ = ["random_id"]

_chance = Random()  # noqa: S311 - seeded by the system, and nobody else's; ids are no secrets
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_chance.seed)  # else both would go on with the same ids


def random_id() -> str:
    """Return 32 hexadecimal digits, without the system call that a random UUID takes."""
    return f"{_chance.getrandbits(128):032x}"

"""Play worlds again: of a kind, by their numbers; what is wrong in one is told with its story."""

from __future__ import annotations

import argparse
import logging
import sys
import traceback

from tests.integrations.worlds.kinds import KINDS
from tests.integrations.worlds.play import World, play

_BRIEF = 3
"""Lines: how to play it again, all that is wrong in a line, and the first of it."""


def main() -> int:
    """Return how many worlds are not as they should be, 100 at most."""
    parser = argparse.ArgumentParser("python -m tests.integrations.worlds", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("seed", type=int)
    parser.add_argument("last", type=int, nargs="?", help="play all numbers up to this one")
    parser.add_argument("--brief", action="store_true", help="tell three lines, and no story")
    parser.add_argument("--story", action="store_true", help="tell the story of right ones too")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    wrong = 0
    for seed in range(asked.seed, (asked.last or asked.seed) + 1):
        world = _played(asked.kind, seed)
        wrong += bool(world.wrong)
        _tell(world.wrong[:_BRIEF] if asked.brief else world.wrong)
        _tell(world.story if asked.story and not world.wrong else [])
    return min(wrong, 100)


def _tell(lines: list[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def _played(kind: str, seed: int) -> World:
    try:
        return play(seed, KINDS[kind])
    except Exception:  # noqa: BLE001 - the next world is played all the same
        told = traceback.format_exc().splitlines()
        return World([], [], [f"{kind} {seed}: {told[-1]}", *told])


if __name__ == "__main__":
    sys.exit(main())

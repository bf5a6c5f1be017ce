"""The cooldowns that the snapshot holds: what a file says of one is made as it is written.

The event loop puts them, and a thread goes through them whenever the snapshot is written whole.
Nobody says when one is over: such a one is not written, and held no longer. Where nothing is
written any more, all of them go once the last is over.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from machines import KINDS, Cooldown, let_go_of_ends
from persistence.beside_the_loop import beside_the_loop
from persistence.snapshot_format import encode_cooldown
from persistence.well_formed import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines import CooldownEnds, Instant
    from persistence.iso_time import Clock

__all__ = ["HeldCooldowns", "key_of"]


class HeldCooldowns:
    """When each cooldown is over, by kind, guild and subject."""

    def __init__(self, now: Clock) -> None:
        """Hold none."""
        self._now = now
        self._until = _none()
        self._anew: CooldownEnds | None = None
        self._last_end: Instant = 0
        self._changing = threading.Lock()

    def put(self, cooldown: Cooldown) -> None:
        """Hold a cooldown, in place of an earlier one of the same subject."""
        with self._changing:
            _put(self._until, cooldown)
            self._last_end = max(self._last_end, cooldown.until)
            if self._anew is not None:
                _put(self._anew, cooldown)

    def replacing(self, cooldowns: Iterable[Cooldown | None]) -> Iterator[None]:
        """Hold exactly these, and what is put meanwhile, yielding after each; None is none.

        Until the last of them has come, what was held before is held as well.
        """
        self._anew = anew = _none()
        for cooldown in cooldowns:
            if cooldown is not None:
                self.put(cooldown)
            yield
        before, self._until, self._anew = self._until, anew, None
        for of_kind in before.values():  # to let go of very many at once takes long
            while of_kind:
                of_kind.popitem()
                yield

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Yield the key and the text of each that runs; others may be put meanwhile.

        A thread pauses, also where many are over and nothing is yielded.
        """
        for kind in KINDS:
            for guild_id in list(self._until[kind]):
                running = self._until[kind].get(guild_id, {})
                for subject, until in beside_the_loop(running.copy().items()):
                    if until > self._now():
                        cooldown = Cooldown(guild_id, kind, subject, until)
                        yield key_of(cooldown), encode_cooldown(cooldown)
                    else:
                        self._drop(running, subject, until)

    def let_go(self, now: Instant) -> None:
        """Hold fewer of them once all are over: some in one piece."""
        if self._anew is not None or now < self._last_end:
            return
        with self._changing:
            let_go_of_ends(self._until)

    def clear(self) -> None:
        """Hold none any more."""
        self._until, self._anew = _none(), None

    def _drop(self, running: dict[int | str, Instant], subject: int | str, until: Instant) -> None:
        with self._changing:
            if running.get(subject) == until:  # else it was put anew
                del running[subject]


def key_of(cooldown: Cooldown) -> str:
    """Return the key of a cooldown in the files."""
    return f"{cooldown.guild_id}:{cooldown.kind}:{well_formed(str(cooldown.subject))}"


def _none() -> CooldownEnds:
    return {kind: {} for kind in KINDS}


def _put(until: CooldownEnds, cooldown: Cooldown) -> None:
    until[cooldown.kind].setdefault(cooldown.guild_id, {})[cooldown.subject] = cooldown.until

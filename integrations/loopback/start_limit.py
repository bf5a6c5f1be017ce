"""How many sessions a bot may start, and how fast ("Session Start Limit Object")."""

from time import monotonic


class StartLimit:
    """The day's IDENTIFYs, and how many of them may come at once.

    Attributes:
        total: a day's number.
        remaining: how many are left.
        reset_after: seconds until there are ``total`` again, as ``/gateway/bot`` says.
        max_concurrency: how many may come within ``window``, one for each
            ``shard_id % max_concurrency``.
        window: seconds. Discord's is 5; here 0, no limit, unless a script wants it.
        used: how many were accepted.
    """

    def __init__(self) -> None:
        self.total = 1_000
        self.remaining = 1_000
        self.reset_after = 86_400.0
        self.max_concurrency = 1
        self.window = 0.0
        self.used = 0
        self._last: dict[int, float] = {}

    def too_soon(self, shard_id: int) -> bool:
        """Whether an IDENTIFY of this shard comes within the window of one before."""
        key = shard_id % self.max_concurrency
        last = self._last.get(key)
        return last is not None and monotonic() - last < self.window

    def take(self, shard_id: int) -> None:
        """Count an IDENTIFY that was accepted."""
        self._last[shard_id % self.max_concurrency] = monotonic()
        self.remaining -= 1
        self.used += 1

"""REST rate limits: buckets, their headers and the 429 answer ("Rate Limits")."""

from time import monotonic, time

import msgspec
from aiohttp import web

from integrations.loopback.http_json import json_answer


class Bucket(msgspec.Struct):
    """Requests left in a window.

    Attributes:
        resets_at: by the monotonic clock, in seconds.
    """

    left: int
    resets_at: float


class RateLimits:
    """One bucket for each route and major parameter.

    Attributes:
        requests: how many requests a bucket allows.
        window: in this many seconds.
    """

    def __init__(self) -> None:
        self.requests = 50
        self.window = 1.0
        self._buckets: dict[str, Bucket] = {}

    def take(self, bucket_name: str) -> tuple[bool, dict[str, str]]:
        """Use up one request: whether there was one left, and the headers that say so."""
        now = monotonic()
        bucket = self._buckets.get(bucket_name)
        if bucket is None or bucket.resets_at <= now:
            bucket = Bucket(self.requests, now + self.window)
            self._buckets = {k: b for k, b in self._buckets.items() if b.resets_at > now}
            self._buckets[bucket_name] = bucket
        allowed = bucket.left > 0
        bucket.left = max(0, bucket.left - 1)
        reset_after = bucket.resets_at - now
        return allowed, headers(bucket_name, self.requests, bucket.left, reset_after)


def headers(bucket_name: str, limit: int, left: int, reset_after: float) -> dict[str, str]:
    """The X-RateLimit headers of an answer; ``reset_after`` in seconds."""
    route = bucket_name.split(":", 1)[0]
    return {
        "Via": "1.1 loopback",
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": f"{time() + reset_after:.3f}",
        "X-RateLimit-Reset-After": f"{reset_after:.3f}",
        "X-RateLimit-Bucket": f"{hash_of(route):08x}",
    }


def hash_of(route: str) -> int:
    """A number that is the same for the same route in every process."""
    value = 0
    for letter in route:
        value = (value * 31 + ord(letter)) & 0xFFFFFFFF
    return value


def too_many(bucket_name: str, retry_after: float, *, everywhere: bool) -> web.Response:
    """The answer 429: headers, and the body from which clients read how long to wait."""
    body = {
        "message": "You are being rate limited.",
        "retry_after": retry_after,
        "global": everywhere,
    }
    told = headers(bucket_name, 50, 0, retry_after)
    told["Retry-After"] = str(max(1, round(retry_after)))
    told["X-RateLimit-Scope"] = "global" if everywhere else "user"
    if everywhere:
        told["X-RateLimit-Global"] = "true"
    return json_answer(body, status=429, headers=told)

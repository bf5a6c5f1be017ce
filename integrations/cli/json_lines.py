"""JSON lines on standard output: what ``--json`` prints."""

from __future__ import annotations

import sys

import msgspec

__all__ = ["print_object"]

_encode = msgspec.json.Encoder().encode


def print_object(value: object) -> None:
    """Print a struct or a dict as one JSON object on a line of its own."""
    sys.stdout.buffer.write(_encode(value) + b"\n")

"""JSON lines on standard output: what ``--json`` prints."""

from __future__ import annotations

import json
import sys

import msgspec

__all__ = ["print_object"]

_encode = msgspec.json.Encoder().encode


def print_object(value: object) -> None:
    """Print a struct or a dict as one JSON object on a line of its own.

    Bytes of a path that are no UTF-8 are written as JSON's escapes of lone surrogates, of which
    Python's ``json`` and ``os.fsencode`` make the path again.
    """
    try:
        line = _encode(value)
    except UnicodeEncodeError:
        line = json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()
    sys.stdout.buffer.write(line + b"\n")

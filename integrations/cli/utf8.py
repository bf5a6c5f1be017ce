"""Text on the command line: text in UTF-8, for what is kept can hold no other.

Paths are left as they are: to the system they are bytes.
"""

from __future__ import annotations

import functools
import os
import re
from typing import TYPE_CHECKING, TypeVar

from integrations.cli.arguments import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

__all__ = ["in_utf8", "take_only_utf8"]

_Result = TypeVar("_Result")


def take_only_utf8(application: typer.Typer) -> None:
    """Have every command that an application knows by now called with text in UTF-8, or not."""
    for command in application.registered_commands:
        if command.callback is not None:
            command.callback = _in_utf8_alone(command.callback)


def in_utf8(text: str) -> str:
    """Return what was written, be the locale one in which it cannot be read.

    Python marks each byte that it cannot read as a lone surrogate (PEP 383); in the locale C those
    are all that are not ASCII.

    Raises:
        ArgumentError: it is no text in UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        pass
    else:
        return text
    try:
        return os.fsencode(text).decode()
    except UnicodeError as error:
        shown = re.sub("[\udc80-\udcff]", lambda found: f"\\x{ord(found[0]) - 0xDC00:x}", text)
        raise ArgumentError(
            f"'{shown}' is no text in UTF-8: set the terminal to UTF-8, or give a user id where a "
            "name is meant."
        ) from error


def _in_utf8_alone(command: Callable[..., _Result]) -> Callable[..., _Result]:
    @functools.wraps(command)
    def call(**given: object) -> _Result:
        return command(
            **{
                name: in_utf8(value) if isinstance(value, str) else value
                for name, value in given.items()
            }
        )

    return call

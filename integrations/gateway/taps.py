"""Taps: what the gateway sends, heard at once, beside discord.py.

``ConnectionState.parsers`` maps an event's name to the function that takes its payload, and is
looked up for every frame (``DiscordWebSocket.received_message``), so an entry can be wrapped
while connected. Whoever listens through ``Client.dispatch`` hears a frame only when a task has
run, and of a voice state only what the next frame has left of it
(``Guild._update_voice_state``); a tap hears each frame as it came, in order, and costs no task.

A parser that raises ends ``Client.connect``, so whatever goes wrong in a tap is logged here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import discord

    Hear = Callable[[Any], None]
    """Takes an event's payload: plain JSON."""

__all__ = ["EVENTS", "Tap", "can_tap", "precede", "say_odd", "tap"]

EVENTS = (
    "READY",
    "RESUMED",
    "GUILD_CREATE",
    "GUILD_UPDATE",
    "GUILD_DELETE",
    "GUILD_MEMBER_REMOVE",
    "CHANNEL_DELETE",
    "VOICE_STATE_UPDATE",
    "PRESENCE_UPDATE",
)
"""What is tapped: either all of them can be, or none is, so that they stay in order."""

_log = logging.getLogger("latido.integrations")


class Tap(NamedTuple):
    """One event, who hears it, and whether that is before discord.py changes its cache."""

    event: str
    hear: Hear
    comes_first: bool = False


def can_tap(bot: discord.Client) -> bool:
    """Return whether discord.py's parsers are as they were when this was written."""
    parsers: object = getattr(bot._connection, "parsers", None)  # noqa: SLF001 - as above
    return isinstance(parsers, dict) and all(callable(parsers.get(event)) for event in EVENTS)


def tap(bot: discord.Client, taps: Sequence[Tap]) -> Callable[[], None] | None:
    """Let each of ``taps`` hear its event.

    Returns:
        A function that undoes it; None where discord.py has nothing to hold on to.
    """
    if not can_tap(bot):
        return None
    parsers: dict[str, Hear] = bot._connection.parsers  # noqa: SLF001 - as above
    return _wrap_all(parsers, taps)


def precede(
    bot: discord.Client, first: Hear, *, but_for: Collection[str], instead: Mapping[str, Hear]
) -> Callable[[], None]:
    """Have ``first`` hear any event before discord.py takes it in, but for those and others' own.

    Some events are heard by others ``instead``.

    To be called where :func:`tap` has found something to hold on to, after it: whoever hears an
    event by a tap does so after ``first`` as well.

    Returns:
        A function that undoes it.
    """
    connection = bot._connection  # noqa: SLF001 - as above
    parsers: dict[str, Hear] = connection.parsers
    own = {event for event, parse in parsers.items() if getattr(parse, "__self__", 0) is connection}

    others = own.union(EVENTS).difference(but_for)
    taps = [Tap(event, instead.get(event, first), comes_first=True) for event in others]
    return _wrap_all(parsers, taps)


def _wrap_all(parsers: dict[str, Hear], taps: Iterable[Tap]) -> Callable[[], None]:
    undo = [_wrap(parsers, each) for each in taps]

    def unwrap() -> None:
        for undo_one in undo:
            undo_one()

    return unwrap


def _wrap(parsers: dict[str, Hear], each: Tap) -> Callable[[], None]:
    event, original = each.event, parsers[each.event]
    hear: Hear | None = each.hear

    def first(data: Any) -> None:  # noqa: ANN401 - discord.py hands over plain JSON
        try:
            if hear is not None:
                hear(data)
        except Exception as error:  # noqa: BLE001 - it would end the connection
            say_odd(event, error)
        original(data)

    def afterwards(data: Any) -> None:  # noqa: ANN401 - discord.py hands over plain JSON
        original(data)
        try:
            if hear is not None:
                hear(data)
        except Exception as error:  # noqa: BLE001 - it would end the connection
            say_odd(event, error)

    parse = first if each.comes_first else afterwards

    def unwrap() -> None:
        nonlocal hear
        hear = None  # whoever has wrapped it since goes on calling it
        if parsers.get(event) is parse:
            parsers[event] = original

    parsers[event] = parse
    return unwrap


def say_odd(event: str, error: BaseException) -> None:
    """Say that an event could not be taken in."""
    if isinstance(error, msgspec.ValidationError):
        _log.warning("%s is not as Discord documents it: %s", event, error)
    else:
        _log.error("%s could not be taken in; the next check will look", event, exc_info=error)

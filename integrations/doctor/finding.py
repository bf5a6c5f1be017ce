"""What the doctor found, and what there is to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from integrations.words.catalogue import say

if TYPE_CHECKING:
    from integrations.words.wording import Language, Value

__all__ = ["Finding", "Status", "act", "note", "ok"]

Status = Literal["ok", "note", "act"]
"""``ok``: as it should be; ``note``: good to know; ``act``: something must be done."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Attributes:
        check: what was looked at: settings, version, data_dir, disk, api, token, intents,
            clock, gateway, guild.
        status: how it is.
        message: that, in one sentence.
        to_do: what to do, where there is anything.
    """

    check: str
    status: Status
    message: str
    to_do: str | None = None


def ok(language: Language, check: str, key: str, **values: Value) -> Finding:
    """Return that something is as it should be."""
    return Finding(check, "ok", say(language, key, **values))


def note(
    language: Language, check: str, key: str, do: str | None = None, **values: Value
) -> Finding:
    """Return something that is good to know, and perhaps what can be done."""
    to_do = None if do is None else say(language, do, **values)
    return Finding(check, "note", say(language, key, **values), to_do)


def act(language: Language, check: str, key: str, do: str, **values: Value) -> Finding:
    """Return that something must be done."""
    return Finding(check, "act", say(language, key, **values), say(language, do, **values))

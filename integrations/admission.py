"""Admission: which people and channels are tracked at all, as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine import Settings

__all__ = ["Admission"]


class Admission:
    """The settings about bots, roles and channels. Somebody not admitted is in no channel."""

    def __init__(self, settings: Settings) -> None:
        """Take over ``ignore_bots``, ``ignored_roles``, ``ignored_channels``, the AFK channel."""
        self._bots = settings.ignore_bots
        self._roles = settings.ignored_roles
        self._channels = settings.ignored_channels
        self._afk = settings.ignore_afk_channel

    def person(self, *, bot: bool, role_ids: Iterable[int]) -> bool:
        """Return whether this person is tracked."""
        if bot and self._bots:
            return False
        return not self._roles or self._roles.isdisjoint(role_ids)

    def channel(self, channel_id: int, afk_channel_id: int | None) -> bool:
        """Return whether time in this channel counts."""
        if channel_id in self._channels:
            return False
        return not (self._afk and channel_id == afk_channel_id)

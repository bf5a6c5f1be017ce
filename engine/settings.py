"""The settings: every number and choice the engine and its surroundings go by.

Durations are seconds; fractions are allowed.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["Settings"]

Seconds = Annotated[float, Meta(ge=0)]
EverySeconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]
GapSetting = Literal["bridge", "end"] | Seconds


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings with their defaults; see docs/settings.md.

    Attributes:
        announce_after: seconds from a start to its entry notice.
    """

    announce_after: Seconds = 3.0
    confirm_after: Seconds = 10.0
    health_check_every: EverySeconds = 600.0
    voice_grace: Seconds = 60.0
    game_grace: Seconds = 900.0
    party_grace: Seconds = 1800.0
    party_min_players: Annotated[int, Meta(ge=2)] = 2
    recover_missing: bool = True
    track_listening: bool = False
    streaming: Literal["game", "separate", "ignore"] = "separate"
    orphan_credit: Literal["watched", "midpoint", "detected"] = "watched"
    voice_gap: GapSetting = "bridge"
    game_gap: GapSetting = "bridge"
    party_gap: GapSetting = "bridge"
    event_delay: Seconds = 2.0
    heartbeat_every: EverySeconds = 30.0
    deep_check_budget: Count = 50
    audit_every: Seconds = 3600.0
    audit_identifies_per_day: Count = 200
    channel_info: bool = True
    voice_cooldown: Seconds = 1200.0
    game_cooldown: Seconds = 1800.0
    party_cooldown: Seconds = 3600.0
    ignored_games: frozenset[str] = frozenset()
    game_aliases: dict[str, str] = msgspec.field(default_factory=dict)
    ignored_channels: frozenset[int] = frozenset()
    ignored_roles: frozenset[int] = frozenset()
    ignore_bots: bool = True
    ignore_afk_channel: bool = True
    presences: bool = True
    members: bool = True
    timezone: str = "UTC"
    keep_days: Annotated[int, Meta(ge=1)] | None = None
    log_language: Literal["es", "en"] = "es"
    notify_channel_id: int | dict[int, int] | None = None

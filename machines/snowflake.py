"""Snowflakes: the ids of Discord, and what of them can be kept."""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = ["LARGEST_ID", "Snowflake"]

LARGEST_ID = 2**63 - 1
"""Discord's ids have 64 bits, the first of which is 0 until 2084; the ledger's integers have 63."""

Snowflake = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]
"""An id of Discord's (Discord's documentation, "Snowflakes")."""

"""The sessions of one person that are still going on, as rows of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from integrations.cli.rows import counted_until
from machines import PartySession, record_of, timeline_of
from persistence import rows_of
from persistence.owner import is_let_go, owned_since

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.settings import Settings
    from machines import AnySession, Instant, LiveState
    from persistence import ExchangeRow

__all__ = ["live_rows_of"]


def live_rows_of(
    state: LiveState, folder: Path, user_id: int, now: Instant, settings: Settings
) -> Iterator[ExchangeRow]:
    """Yield the person's live sessions in a DATA_DIR, as long as they are known to be by now."""
    closed, owned = is_let_go(folder), owned_since(folder)
    until = counted_until(state, now, settings, is_closed=closed, owned_since=owned)
    for session in state.sessions:
        if _is_about(session, user_id):
            timeline = timeline_of(session, until(session))
            ended = msgspec.structs.replace(session, ended_at=timeline.ended_at, reason="left")
            (row,) = rows_of([record_of(ended)])
            yield msgspec.structs.replace(row, ended_at=None, reason=None)


def _is_about(session: AnySession, user_id: int) -> bool:
    if isinstance(session, PartySession):
        return any(player.user_id == user_id for player in session.players)
    return session.user_id == user_id

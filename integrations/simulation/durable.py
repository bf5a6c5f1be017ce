"""What would be on disk: everything the process had made durable when it died."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from machines import (
    CooldownStarted,
    LiveState,
    RecordEnded,
    SessionChanged,
    WatchChanged,
    WatchKept,
)
from persistence.live_players import follow_games
from persistence.snapshot_format import encode_session, encode_watch, session_from, watch_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import AnySession, Cooldown, Effect, Instant, Kind, Record

__all__ = ["Durable"]


class Durable:
    """The snapshot, the heartbeat and the ledger, in memory but encoded as they are on disk.

    Attributes:
        ledger: the records, in the order in which they were written.
        audits_at: the IDENTIFYs that audits have spent in the last day.
    """

    def __init__(self) -> None:
        """Start with an empty folder."""
        self.ledger: list[Record] = []
        self.audits_at: tuple[Instant, ...] = ()
        self._sessions: dict[str, tuple[Kind, bytes]] = {}
        self._guilds: dict[str, bytes] = {}
        self._beats: dict[int, Instant] = {}
        self._cooldowns: dict[tuple[int, str, int | str], Cooldown] = {}
        self._saved_at: Instant | None = None

    def take(self, effects: Iterable[Effect]) -> None:
        """Make durable what a step asks for."""
        for effect in effects:
            match effect:
                case SessionChanged(session=session):
                    self._put(session)
                case RecordEnded(record=record):
                    self.ledger.append(record)
                    self._sessions.pop(record.id, None)
                case CooldownStarted(cooldown=cooldown):
                    key = (cooldown.guild_id, cooldown.kind, cooldown.subject)
                    self._cooldowns[key] = cooldown
                case WatchChanged(watch=watch):
                    self._guilds[str(watch.guild_id)] = encode_watch(watch)
                case WatchKept(observed_until=instants):
                    self._beats.update(instants)
                case _:
                    continue

    def replace(self, state: LiveState) -> None:
        """Bring everything up to date, as each health check and a clean stop do."""
        self._sessions.clear()
        for session in state.sessions:
            self._put(session)
        self._guilds = {str(watch.guild_id): encode_watch(watch) for watch in state.guilds}
        self._saved_at = state.saved_at

    def load(self) -> LiveState:
        """Return what the next process finds."""
        watches = [watch_from(guild_id, raw) for guild_id, raw in self._guilds.items()]
        for watch in watches:
            beat = self._beats.get(watch.guild_id)
            if beat is not None and watch.gap_since is None:
                watch.observed_until = max(beat, watch.observed_until or beat)
        sessions = [
            session_from(kind, session_id, raw)
            for session_id, (kind, raw) in self._sessions.items()
        ]
        follow_games(sessions)
        return LiveState(
            sessions=sessions,
            guilds=watches,
            cooldowns=list(self._cooldowns.values()),
            saved_at=self._saved_at,
        )

    def ended(self, since: Instant | None) -> list[Record]:
        """Return the records of sessions that ended then or later."""
        return [record for record in self.ledger if since is None or record.ended_at >= since]

    def _put(self, session: AnySession) -> None:
        if session.is_live:
            kind: Literal["voice", "game", "party"] = session.kind
            self._sessions[session.id] = (kind, encode_session(session))

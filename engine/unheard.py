"""Unheard: kinds of which no event comes, as the bot has no intent for them.

A look says where somebody was, at the instant that it was of, and nobody hears what comes after.
What lies between two looks that find somebody is unknown, and no gap: that nobody hears is as it
should be. Where nobody could have looked, because the connection was cut or the process did not
run, it is one, as of any other session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import Gap, SessionChanged, Stretch

if TYPE_CHECKING:
    from machines import AnySession, Effect, Evidence, Instant, Kind

__all__ = ["Unheard"]


class Unheard:
    """Says what the time between two looks is of the sessions of such kinds.

    Attributes:
        kinds: those of which no event comes.
    """

    def __init__(self, kinds: frozenset[Kind]) -> None:
        """Have looked at nobody yet."""
        self.kinds = kinds
        self._looked_at: set[str] = set()

    def gap(self, session: AnySession, evidence: Evidence | None) -> Gap | None:
        """Return the gap in which nobody watched a session, where the evidence ends it.

        Between two looks that find it there is none; whatever ends it ends the time since the last
        of them as well.
        """
        since = session.unwatched_since
        if since is None or evidence is None or evidence.presence == "unknown":
            return None
        if evidence.presence == "present" and session.id in self._looked_at:
            return None
        return Gap(since, max(since, evidence.at))

    def has_fired(
        self,
        session: AnySession,
        seen_until: Instant,
        evidence: Evidence | None,
        effects: list[Effect],
    ) -> None:
        """Take a look for no more than the instant that it was of.

        One that says nothing leaves what is known as it is. Whoever was seen to leave before is
        gone at the end of the grace, as ever.

        Args:
            session: of such a kind, after a trigger was fired at it.
            seen_until: up to when it had been seen before.
            evidence: what the trigger was fired with.
            effects: to which it is added that the session has changed.
        """
        if session.is_over:
            self._looked_at.discard(session.id)
        if not session.is_live or session.absent_since is not None:
            return
        if session.id in self._looked_at:
            if session.last_seen > seen_until:
                until = session.last_seen if evidence is None else evidence.at
                session.stretches = _with_unknown(session.stretches, seen_until, until)
                effects.append(SessionChanged(session))
            session.unwatched_since = session.last_seen
        elif session.unwatched_since is None:
            self._looked_at.add(session.id)
            session.unwatched_since = session.last_seen

    def lose_sight(self, session: AnySession) -> None:
        """Nobody could look at a session any more: what the next look ends is a gap."""
        self._looked_at.discard(session.id)

    def let_go(self) -> None:
        """Hold no session any more."""
        self._looked_at.clear()


def _with_unknown(
    stretches: tuple[Stretch, ...], since: Instant, until: Instant
) -> tuple[Stretch, ...]:
    """Return these with what is unknown, one with the last of them where it goes on from that."""
    if stretches and stretches[-1].value == "unknown" and stretches[-1].end >= since:
        since, stretches = stretches[-1].start, stretches[:-1]
    return (*stretches, Stretch(since, until, "unknown"))

"""Since when nobody watches a session, as far as what is known of its guild says so."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from machines import AnySession, GuildWatch, Instant

__all__ = ["as_known_now", "lost_since"]


def lost_since(session: AnySession, watch: GuildWatch | None) -> Instant | None:
    """Return since when nobody watches a session; None where nothing says that nobody does.

    The session itself says so once something may have been missed. While its connection is cut
    nobody can tell whether anything is, and only its guild's watch says that it is. A gap says
    nothing of who was seen since: after a sleep it goes on until the next look at everybody, with
    the connection up.
    """
    since = [session.unwatched_since]
    if watch is not None:
        gap_since = watch.gap_since
        was_seen_since = gap_since is not None and session.last_seen > gap_since
        since += [watch.cut_since, None if was_seen_since else gap_since]
    return min((each for each in since if each is not None), default=None)


def as_known_now(session: AnySession, watch: GuildWatch) -> AnySession:
    """Return a session, or where its guild's watch was lost a copy that says so itself."""
    since = None if session.is_over else lost_since(session, watch)
    if since is None or since == session.unwatched_since:
        return session
    known = copy(session)
    known.unwatched_since = max(since, session.started_at)
    return known

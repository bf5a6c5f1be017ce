"""A look: a report on its way through the sessions of its guild, a piece at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.observation import PresenceObserved
from machines import GameSession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.observation import VoiceObserved
    from engine.report import LiveReport
    from machines import AnySession, Effect, Instant

    Piece = Callable[[Instant, list[Effect]], None]
    """Something that is to be done."""

    Befalls = Callable[[AnySession, list[Effect]], None]
    """What befalls a session."""

__all__ = ["Look"]


@dataclass(eq=False, slots=True)
class Look:
    """A report on its way through the sessions of its guild, a piece at a time.

    Attributes:
        report: what is consulted.
        pieces: what is still to be done.
        doubted: the ids of game sessions of which the report does not say that they go on; a
            dict of plain values is nothing that Python's collector goes through.
        were_here: the ids of game sessions of people who were taken before their turn, and played
            on by then: events may have ended them since.
        seen_before: when each session in another channel was last seen before it, by id.
        first: the people who were taken before their turn, in voice or (True) in games.
        befell: what has befallen people in voice since, and comes to whom it finds yet.
        answered_since: of whom anything was seen since then, that is the answer: whoever looks has
            asked others already.
        saw_all: whether it saw everybody in voice, or everybody's games.
        is_overtaken: whether what is left of it is from before a gap, or before the clock was set.
        is_done: whether nothing is left to be done.
        error: what ended it early; whatever came before it holds.
    """

    report: LiveReport
    pieces: Iterator[Piece] = field(default_factory=lambda: iter(()))
    doubted: dict[str, None] = field(default_factory=dict)
    were_here: set[str] = field(default_factory=set)
    seen_before: dict[str, Instant] = field(default_factory=dict)
    first: set[tuple[int, bool]] = field(default_factory=set)
    befell: list[Befalls] = field(default_factory=list)
    answered_since: Instant | None = None
    saw_all: bool = False
    is_overtaken: bool = False
    is_done: bool = False
    error: Exception | None = None

    def was_first(self, of: VoiceSession | GameSession | VoiceObserved | PresenceObserved) -> bool:
        """Whether a person was taken before their turn, in voice or in games as ``of`` is."""
        return (of.user_id, type(of) in {GameSession, PresenceObserved}) in self.first

    def is_answered(self, session: AnySession) -> bool:
        """Return whether it is known of a session how it is, whatever the report says."""
        return self.answered_since is not None and session.last_seen >= self.answered_since

    def note_before(self, session: AnySession) -> None:
        """Note when somebody was last seen who is found in another channel."""
        if type(session) is VoiceSession:
            found = self.report.channel_of(session.user_id)
            if found is not None and found.id != session.channel_id:
                self.seen_before.setdefault(session.id, session.last_seen)  # asked again: the first

    def shows_break(self, session: AnySession) -> bool:
        """Return whether the channel in which somebody was stood empty while nobody watched.

        Its call began after the gap opened, and after they were last seen there: a gap opens with
        the last heartbeat, and what was heard after that counts. Somebody who moved away and came
        back, and was the only one there, leaves the same sign: it is a strong one, not a proof.
        """
        if type(session) is not VoiceSession or session.unwatched_since is None:
            return False
        call = self.report.call_in(session.channel_id)
        found = self.report.channel_of(session.user_id)
        return (
            call is not None
            and found is not None
            and found.id == session.channel_id
            and call.started_at >= max(session.unwatched_since, session.last_seen)
        )

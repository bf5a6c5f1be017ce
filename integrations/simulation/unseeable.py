"""The unseeable: what nobody could have known to be otherwise, until the next look.

A boundary is unseeable where its own event was never sent, or came later than ``event_delay``,
and the next thing heard of the person is an event that looks ordinary. So is one after which
a look finds everything as it was: two boundaries were never sent, and nothing shows it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from integrations.simulation.history import VoiceFact
from integrations.simulation.intervals import Interval, Intervals, union

if TYPE_CHECKING:
    from integrations.simulation.gateway import Frame, Gateway
    from integrations.simulation.history import History
    from integrations.simulation.oracle import Subject
    from integrations.simulation.sources import Look

__all__ = ["Unseeable"]


class _Boundary(NamedTuple):
    """The frame at this place of its stream begins, or ends, what a subject does."""

    place: int
    began: bool


class Unseeable:
    """Finds the unseeable times of every subject, from what was sent and what was looked at."""

    def __init__(
        self, history: History, gateway: Gateway, looks: list[Look], event_delay: int, end: int
    ) -> None:
        """Go by what happened to every frame; ``event_delay`` in microseconds."""
        self._afk = {guild.id: guild.afk.id for guild in history.guilds.values()}
        self._gateway = gateway
        self._event_delay = event_delay
        self._end = end
        self._looks: dict[tuple[int, int, bool], list[Look]] = defaultdict(list)
        for look in sorted(looks, key=lambda look: (look.heard, look.at)):
            for voice in (True, False):
                if look.voice if voice else look.games:
                    self._looks[look.guild_id, look.person_id, voice].append(look)
        self._known: dict[Subject, Intervals] = {}

    def of(self, subject: Subject) -> Intervals:
        """Return the unseeable times of somebody in voice or in a game."""
        if subject not in self._known:
            self._known[subject] = union(self._spans(subject))
        return self._known[subject]

    def is_faultless(self, subject: Subject, span: Interval) -> bool:
        """Return whether all that concerns ``subject`` in ``span`` was heard, and in time.

        That is before the answer of a look that knew of it already: who is found to be back while
        the news of it is on its way came back at any time since they had left.
        """
        looks = self._looks_at(subject)
        for frame in self._frames(subject):
            if span[0] <= frame.fact.at <= span[1] and (
                frame.arrived is None
                or frame.since is not None
                or self._is_late(frame)
                or _is_overtaken(frame.fact.at, frame.arrived, looks)
            ):
                return False
        return True

    def _spans(self, subject: Subject) -> list[Interval]:
        frames = self._frames(subject)
        looks = self._looks_at(subject)
        arrivals = sorted(
            (frame.arrived, index)
            for index, frame in enumerate(frames)
            if frame.arrived is not None
        )
        spans: list[Interval] = []
        for boundary in self._boundaries(subject, frames):
            frame = frames[boundary.place]
            if frame.arrived is not None and self._is_late(frame):
                spans.append((frame.fact.at, self._resynced(frames, boundary.place, looks)))
            elif frame.lost or self._is_late(frame):
                until = self._misled_until(subject, frames, boundary, arrivals, looks)
                if until is not None:
                    spans.append((frame.fact.at, until))
        return spans

    def _misled_until(
        self,
        subject: Subject,
        frames: list[Frame],
        boundary: _Boundary,
        arrivals: list[tuple[int, int]],
        looks: list[Look],
    ) -> int | None:
        """Return when the next event came, if it came before a look that shows the boundary."""
        at = frames[boundary.place].fact.at
        event = min((came for came, index in arrivals if index > boundary.place), default=None)
        look = next((look for look in looks if look.at >= at), None)
        if event is not None and (look is None or event <= look.heard):
            return event
        if look is None:
            return self._end
        if self._state_at(subject, frames, look.at) != boundary.began:
            return look.at
        # An event from before may still come, and say what is not so any more.
        return max((came for came, _ in arrivals if at < came <= look.heard), default=None)

    def _resynced(self, frames: list[Frame], index: int, looks: list[Look]) -> int:
        """Return when what was heard was the latest again, after a frame that came late."""
        arrived = frames[index].arrived or self._end
        found = [look.heard for look in looks if look.at >= arrived][:1]
        for position in range(index, len(frames)):
            came = frames[position].arrived
            following = frames[position + 1].fact.at if position + 1 < len(frames) else self._end
            if came is not None and came <= following:
                found.append(came)
                break
        return min(found, default=self._end)

    def _is_late(self, frame: Frame) -> bool:
        return frame.due - frame.fact.at > self._event_delay

    def _frames(self, subject: Subject) -> list[Frame]:
        kind: Literal["voice", "presence"] = "voice" if subject.kind == "voice" else "presence"
        return self._gateway.frames.get((kind, subject.guild_id, subject.person_id), [])

    def _looks_at(self, subject: Subject) -> list[Look]:
        voice = subject.kind == "voice"
        whole = self._looks.get((subject.guild_id, 0, voice), [])
        single = self._looks.get((subject.guild_id, subject.person_id, voice), [])
        return sorted([*whole, *single], key=lambda look: (look.heard, look.at))

    def _boundaries(self, subject: Subject, frames: list[Frame]) -> list[_Boundary]:
        found: list[_Boundary] = []
        was = False
        for index, frame in enumerate(frames):
            now = self._shows(subject, frame)
            if now != was:
                found.append(_Boundary(index, now))
            was = now
        return found

    def _state_at(self, subject: Subject, frames: list[Frame], at: int) -> bool:
        index = bisect_left(frames, at + 1, key=lambda frame: frame.fact.at)
        return index > 0 and self._shows(subject, frames[index - 1])

    def _shows(self, subject: Subject, frame: Frame) -> bool:
        fact = frame.fact
        if isinstance(fact, VoiceFact):
            return fact.place_id is not None and fact.place_id != self._afk[subject.guild_id]
        return any(
            (item.name.casefold(), item.kind) == (subject.game, subject.activity)
            for item in fact.played
        )


def _is_overtaken(at: int, arrived: int, looks: list[Look]) -> bool:
    return any(at <= look.at and look.heard < arrived for look in looks)

"""Who is in which voice channel, of a guild with many in voice.

Nothing is held of that until somebody asks. Where channels are made for a call and deleted after
it, somebody asks all evening long, and to look at everybody each time would take too long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from machines import VoiceSession

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["Channels"]


class Channels(msgspec.Struct, eq=False, gc=False):
    """The voice sessions of one guild, by channel.

    Attributes:
        is_whole: whether all of them have been taken in.
    """

    is_whole: bool = False
    _people: dict[int, dict[int, VoiceSession]] = {}
    _where: dict[int, int] = {}

    def taking_in(self, by_person: Mapping[int, VoiceSession]) -> Iterator[None]:
        """Take in all that there are, one by one; who comes or moves meanwhile is noted."""
        for user_id in tuple(by_person):
            session = by_person.get(user_id)
            if session is not None:
                self.note(session)
            yield
        self.is_whole = True

    def note(self, session: VoiceSession) -> None:
        """Somebody has a session, in the channel that it says."""
        if self._where.get(session.user_id) != session.channel_id:
            self.forget(session)
            self._where[session.user_id] = session.channel_id
        self._people.setdefault(session.channel_id, {})[session.user_id] = session

    def forget(self, session: VoiceSession) -> None:
        """Somebody has no session any more."""
        channel_id = self._where.pop(session.user_id, None)
        if channel_id is not None:
            people = self._people[channel_id]
            del people[session.user_id]
            if not people:
                del self._people[channel_id]

    def of(self, channel_id: int) -> Collection[VoiceSession]:
        """Return the sessions in a channel, as far as they have been taken in."""
        return self._people.get(channel_id, {}).values()

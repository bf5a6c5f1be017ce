"""Arrivals: a GUILD_CREATE that is read a piece at a time.

In a large guild nearly everybody is in no channel and no game. So it is first found out who is
in voice and who may play; then the members among them are picked out, and those few are read one
by one. An event about somebody must come after what the payload says of them, and has them read
before their turn. Sessions that have waited for their guild come before all that.

To find one person takes as long as to find everybody. So the connection reads no frame until all
are found, for a second at most; an event that comes all the same has everybody found at once.

The payload is left as it is, and not copied: a long list that is new has Python's collector go
through all that is in it. What has been read is let go of bit by bit, for to free a large payload
at once takes long as well. For the collector's sake as well, what is noted of people are plain
numbers and text, and places in those lists: such dicts it leaves out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from copy import copy
from itertools import compress, count, islice
from typing import TYPE_CHECKING, Any

import msgspec

from integrations.evidence.occupancy import VoiceStates
from integrations.gateway.activities import UNTRACKED
from integrations.gateway.guild_payload import (
    MemberPart,
    PeopleSeen,
    PresencePart,
    Sight,
    UserPart,
    VoicePart,
    hold_cached_ids,
)
from integrations.turns import let_go, let_go_of_last

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import discord

    from engine import GuildReport
    from integrations.gateway.admission import Admission
    from integrations.gateway.guild_payload import GuildFacts
    from integrations.gateway.hears import Hears
    from machines import Instant

__all__ = ["Arrival"]

_AT_ONCE = 100
"""Elements of a list that are gone through in one piece."""

_LISTS = ("voice_states", "presences", "members")
_VOICE_STATES, _PRESENCES = 0, 1

_ODD = (AttributeError, KeyError, TypeError, ValueError)
"""What looking into a payload raises that is not as Discord documents it."""

_REFUSED = (*_ODD, msgspec.ValidationError)


class Arrival:
    """Reads one GUILD_CREATE.

    Attributes:
        report: what it says of everybody who has been read; in the end, of the whole guild.
        states: who is in which voice channel, likewise.
        heads: how many it says are in each channel, by channel id, likewise.
        found: set once nobody has to be looked for any more.
    """

    def __init__(
        self,
        guild: GuildFacts,
        data: dict[str, Any],
        admission: Admission,
        at: Instant,
        cached: Callable[[], discord.Guild | None],
        hears: Hears,
        placing: Iterable[None] = (),
    ) -> None:
        """Begin to read.

        Args:
            guild: what the payload says of the guild itself.
            data: the payload, which is left as it is.
            admission: who is tracked, and where.
            at: when it was received.
            cached: returns the guild as discord.py has taken it in.
            hears: what the connection it came over has the intents for.
            placing: restores who has waited for this guild, a piece at a time; it comes first.

        Raises:
            msgspec.ValidationError: a list is none.
        """
        self._people = PeopleSeen(guild, hears)
        self.report: GuildReport = self._people.report(at, "guild_create", None)
        self.states = VoiceStates(is_whole=False)
        self.heads: Counter[int] = Counter()
        self.found = asyncio.Event()
        self._sight = Sight(guild, admission)
        self._cached = cached
        self._placing = iter(placing)
        self._lists_all = guild.lists_all_presences
        self._listed = [_list_of(data, name) for name in _LISTS]
        self._unread_voice, self._unread_presences, self._unread_members = map(iter, self._listed)
        self._voice: dict[int, int] = {}
        self._games: dict[int, int] = {}
        self._wanted: dict[Any, None] = {}
        self._members: dict[int, MemberPart] = {}
        self._finding_voice = self._find_in_voice()
        self._finding_games = self._find_playing()
        self._voice_read: dict[int, None] = {}
        self._games_read: dict[int, None] = {}
        self._error: Exception | None = None

    def reading(self) -> Iterator[None]:
        """Read it, yielding after each piece.

        Raises:
            msgspec.ValidationError: the payload is not as Discord documents it.
        """
        try:
            yield from self._placing
            yield from self._finding_voice
            yield from self._finding_games
            yield from self._pick_members()
        finally:
            self.found.set()
        for user_id, place in self._voice.items():
            self._read_voice(user_id)
            self._refuse_odd()
            state = self._listed[_VOICE_STATES][place]
            if state.get("channel_id") is not None:
                self.heads[int(state["channel_id"])] += 1
            yield
        for user_id in self._games:
            self._read_games(user_id)
            yield
        self._refuse_odd()
        self.states.is_whole = True

    def _refuse_odd(self) -> None:
        if self._error is not None:
            raise self._error

    def read_first(self, user_id: int, *, games: bool) -> bool:
        """Read where a person is, or what they play, now; return whether that can be read.

        Sessions that have waited for the guild come before, all of them.
        """
        for _piece in self._placing:
            pass
        self._find_the_rest(self._finding_games if games else self._finding_voice)
        try:
            if games:
                self._read_games(user_id)
            else:
                self._read_voice(user_id)
        except _REFUSED as error:
            self._error = error
        return self._error is None

    async def let_go(self) -> None:
        """Let go of all that is held, a turn at a time, read or not."""
        self.found.set()  # nobody is looked for any more
        self._unread_voice = self._unread_presences = self._unread_members = iter([])
        held = self._voice, self._games, self._voice_read, self._games_read
        self._voice, self._games = {}, {}
        while self._listed:
            await let_go_of_last(self._listed)
        await let_go(*held, self._members, self._wanted)

    def _find_in_voice(self) -> Iterator[None]:
        """Find out who is in voice, yielding after each piece."""
        first = 0
        while some := _some(self._unread_voice):
            with _odd_said(some, VoicePart):
                self._note(self._voice, [each["user_id"] for each in some], count(first))
            first += len(some)
            yield

    def _find_playing(self) -> Iterator[None]:
        """Find out who may play, yielding after each piece."""
        first = 0
        while some := _some(self._unread_presences):
            places: Iterable[int] = count(first)
            first += len(some)
            with _odd_said(some, PresencePart):
                if self._lists_all:
                    may = [_may_play(each.get("activities")) for each in some]
                    some, places = list(compress(some, may)), compress(places, may)
                self._note(self._games, [each["user"]["id"] for each in some], places)
            yield

    def _note(self, found: dict[int, int], ids: list[Any], places: Iterable[int]) -> None:
        found.update(zip(map(int, ids), places, strict=False))
        self._wanted.update(dict.fromkeys(ids))

    def _find_the_rest(self, finding: Iterator[None]) -> None:
        """Find everybody now: to look for one of them in the list would take no less."""
        try:
            for _piece in finding:
                pass
        except _REFUSED as error:
            self._error = error  # what is odd is refused as a whole, in its turn

    def _pick_members(self) -> Iterator[None]:
        """Decode the members who matter, yielding after each piece."""
        while some := _some(self._unread_members):
            with _odd_said(some, MemberPart):
                some = [each for each in some if each["user"]["id"] in self._wanted]
            for member in msgspec.convert(some, list[MemberPart], strict=False):
                if member.user is not None:
                    self._members[member.user.id] = member
            yield

    def _read_voice(self, user_id: int) -> None:
        """Take in where somebody is, if they are in voice; but once."""
        if user_id not in self._voice or user_id in self._voice_read:
            return
        self._voice_read[user_id] = None
        listed = self._listed[_VOICE_STATES][self._voice[user_id]]
        state = msgspec.convert(listed, VoicePart, strict=False)
        hold_cached_ids(state, self._cached())
        self.states.take(state)
        if state.member is not None and state.member.user is not None:
            self._members[user_id] = state.member
        self._people.take(self._sight.in_voice(state, self._member(user_id)))

    def _read_games(self, user_id: int) -> None:
        """Take in what somebody plays, if they may play anything; but once."""
        if user_id not in self._games or user_id in self._games_read:
            return
        self._games_read[user_id] = None
        listed = self._listed[_PRESENCES][self._games[user_id]]
        presence = msgspec.convert(listed, PresencePart, strict=False)
        hold_cached_ids(presence, self._cached())
        self._people.take(self._sight.playing(presence, self._member(user_id)))

    def _member(self, user_id: int) -> MemberPart | None:
        """Return a member; one who is still unread is looked for in discord.py's cache first."""
        member = self._members.get(user_id)
        if member is None and not self.found.is_set():
            member = self._cached_member(user_id) or self._unread_member(user_id)
        return member

    def _cached_member(self, user_id: int) -> MemberPart | None:
        guild = self._cached()
        member = None if guild is None else guild.get_member(user_id)
        return None if member is None else _part_of(member)

    def _unread_member(self, user_id: int) -> MemberPart | None:
        named = (str(user_id), user_id)
        unread = copy(self._unread_members)  # it stays where it is
        theirs = (each for each in unread if each["user"]["id"] in named)
        member = next(theirs, None)
        return None if member is None else msgspec.convert(member, MemberPart, strict=False)


def _part_of(member: discord.Member) -> MemberPart:
    """Return a member of discord.py's cache as a payload has them."""
    user = UserPart(member.id, member.display_name, bot=member.bot)
    return MemberPart(user, roles=tuple(role.id for role in member.roles))


def _list_of(data: dict[str, Any], name: str) -> list[Any]:
    listed: Any = data.get(name, [])
    if not isinstance(listed, list):
        msgspec.convert(listed, list)  # it says what is odd
    whole: list[Any] = listed
    return whole


def _some(unread: Iterator[Any]) -> list[Any]:
    """Return the next few."""
    return list(islice(unread, _AT_ONCE))


def _may_play(activities: list[dict[str, Any]] | None) -> bool:
    for activity in activities or ():  # noqa: SIM110 - any() takes several times as long
        if activity.get("type", 0) not in UNTRACKED:
            return True
    return False


@contextlib.contextmanager
def _odd_said(some: list[Any], kind: type[msgspec.Struct]) -> Iterator[None]:
    """Let whoever decodes them say what is odd, where looking into them fails."""
    try:
        yield
    except _ODD:
        msgspec.convert(some, list[kind], strict=False)  # type: ignore[valid-type]
        raise

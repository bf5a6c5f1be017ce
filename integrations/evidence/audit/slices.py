"""The text of a frame as it comes; of a big guild, slice by slice, only who counts is kept.

GUILD_CREATE of 50,000 members is 20 MB of text. It is never there as a whole: each slice is
decoded as soon as it has come, and its members are kept packed until it is known who of them
is in voice or has a game.

JSON can be cut between two elements of an array. Whether a place is such a one is tried: the
text so far must be valid JSON with ``null`` put behind it and the array closed, for how JSON
reads up to a place does not depend on what comes after it. The ``null`` then ends the list
that was cut, which is the one to open again in front of the next slice. Text that cannot be
cut is held whole.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from integrations.evidence.audit.frames import (
    GUILD_CREATE,
    LARGEST,
    SLICE,
    Frame,
    GuildFrame,
    TooLargeError,
    decode_frame,
)
from integrations.gateway.activities import may_be_tracked
from integrations.gateway.guild_payload import (
    PRESENCES_UP_TO,
    ChannelPart,
    GuildPayload,
    MemberPart,
    PresencePart,
    PresenceUserPart,
    VoicePart,
)
from integrations.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FrameText"]

_BETWEEN = b"},{"
_CLOSING = b",null]}}"
_BACK = (0, 512, 2048, 8192, 32768)
"""Bytes from one place that is tried to the next: what lists objects of its own (a presence its
activities, a channel its overwrites) is thus soon behind."""

_LISTS = ("channels", "members", "voice_states", "presences")
_FACTS = ("id", "unavailable", "member_count", "afk_channel_id")
_ANOTHER = "another"
"""In the place of the name of a list that nobody reads."""

_NOTHING = "Expected `object`, got `null`"


class _Part(msgspec.Struct):
    """What one slice says of the guild; see :class:`GuildPayload`."""

    id: int | UnsetType = UNSET
    unavailable: bool | UnsetType | None = UNSET
    member_count: int | UnsetType = UNSET
    afk_channel_id: int | UnsetType | None = UNSET
    channels: list[ChannelPart | None] = []
    members: list[MemberPart | None] = []
    voice_states: list[VoicePart | None] = []
    presences: list[PresencePart | None] = []


class _Slice(msgspec.Struct):
    """A slice with its ends mended: a frame that has a part of the payload."""

    op: int = 0
    d: _Part = msgspec.field(default_factory=_Part)
    s: int | None = None
    t: str | None = None


class _CutSlice(_Slice, forbid_unknown_fields=True):
    """A slice that was cut; what a frame has besides the payload can be read uncut alone."""


_last_slice = msgspec.json.Decoder(_Slice, strict=False)
_cut_slice = msgspec.json.Decoder(_CutSlice, strict=False)
_packed = msgspec.msgpack.Encoder()
_unpacked = msgspec.msgpack.Decoder(list[MemberPart])


class FrameText:
    """Takes in the text of one frame."""

    def __init__(self) -> None:
        """Start with none."""
        self._size = 0
        self._text = bytearray()
        self._opening = b""
        self._cut_from = SLICE
        self._guild: _BigGuild | None = None

    def add(self, text: bytes) -> bool:
        """Take in more; return whether that was work, after which others have their turn.

        Raises:
            TooLargeError: it is more than any guild has.
        """
        self._size += len(text)
        if self._size > LARGEST:
            raise TooLargeError
        self._text += text
        if len(self._text) < self._cut_from:
            return False
        self._cut()
        return True

    async def frame(self) -> Frame:
        """Return the frame, once all of its text is there; a big guild's comes decoded.

        Raises:
            msgspec.DecodeError: it is no frame of the gateway.
        """
        if self._guild is None:
            return decode_frame(self._text)
        self._guild.take(_last_slice.decode(self._opening + self._text), is_cut=False)
        return await self._guild.frame()

    def _cut(self) -> None:
        """Decode the text so far, if it is a guild's and can be cut somewhere near its end."""
        for place in _places(self._text):
            try:
                part = _cut_slice.decode(self._with_ends(place))
            except msgspec.DecodeError:
                continue
            guild = self._guild or _BigGuild()
            name = guild.take(part)
            if not guild.may_be_one(name):
                break
            self._guild = guild
            self._opening = b'{"d":{"%s":[' % name.encode()
            del self._text[: place + 1]
            self._cut_from = SLICE
            return
        self._cut_from = 2 * len(self._text)

    def _with_ends(self, place: int) -> bytes:
        """Return the text up to a place, as valid JSON if it can be cut there."""
        return b"".join((self._opening, memoryview(self._text)[:place], _CLOSING))


def _places(text: bytearray) -> Iterator[int]:
    """Yield where the text might be cut: behind an element, in front of the comma."""
    place = len(text)
    for back in _BACK:
        place = text.rfind(_BETWEEN, 0, max(0, place - back))
        if place < 0:
            return
        yield place + 1


class _BigGuild:
    """A guild, put together from slices."""

    def __init__(self) -> None:
        self._name: str | None = None
        self._sequence: int | None = None
        self._facts: dict[str, Any] = {}
        self._channels: list[ChannelPart] = []
        self._voice_states: list[VoicePart] = []
        self._presences: list[PresencePart] = []
        self._idle: list[int] = []
        self._counted: dict[int, None] = {}
        self._members: deque[bytes] = deque()

    def take(self, slice_: _Slice, *, is_cut: bool = True) -> str:
        """Take in a slice; return the name of the list that was cut.

        Raises:
            msgspec.ValidationError: there is nothing where Discord lists something.
        """
        part = slice_.d
        name = _name_of_cut(part)
        if name is not None and not is_cut:
            raise msgspec.ValidationError(_NOTHING)
        self._name = slice_.t or self._name
        self._sequence = self._sequence if slice_.s is None else slice_.s
        told = {fact: getattr(part, fact) for fact in _FACTS}
        self._facts |= {fact: value for fact, value in told.items() if value is not UNSET}
        self._channels += [channel for channel in part.channels if channel is not None]
        voice_states = [state for state in part.voice_states if state is not None]
        self._voice_states += voice_states
        self._counted.update((state.user_id, None) for state in voice_states)
        for presence in part.presences:
            if presence is not None:
                self._take_presence(presence)
        members = [member for member in part.members if member is not None]
        if members:
            self._members.append(_packed.encode(members))
        return name or _ANOTHER

    def may_be_one(self, name: str) -> bool:
        """Return whether this is a GUILD_CREATE, or looks like one where its name comes last.

        ``name`` is that of the list that was cut.
        """
        return self._name == GUILD_CREATE or (self._name is None and name in _LISTS)

    async def frame(self) -> Frame:
        """Return the frame, with those members who are in voice or whose presence counts.

        Another frame that looks like a guild is none that an audit reads: its payload is gone.

        Raises:
            msgspec.ValidationError: the guild has no id.
        """
        if self._name != GUILD_CREATE:
            return Frame(op=0, s=self._sequence, t=self._name)
        if "id" not in self._facts:
            raise msgspec.ValidationError("Object missing required field `id`")
        guild = GuildPayload(
            **self._facts,
            channels=self._channels,
            voice_states=self._voice_states,
            presences=self._presences,
        )
        if guild.member_count > PRESENCES_UP_TO:
            async for user_id in in_turns(self._idle):
                guild.presences.append(PresencePart(PresenceUserPart(user_id)))
                self._counted[user_id] = None
        counted = self._counted
        while self._members:
            some = _unpacked.decode(self._members.popleft())
            guild.members += [m for m in some if m.user is not None and m.user.id in counted]
            await asyncio.sleep(0)
        return GuildFrame(op=0, s=self._sequence, t=self._name, guild=guild)

    def _take_presence(self, presence: PresencePart) -> None:
        """Keep the id alone of somebody who plays nothing: so it is with most."""
        if may_be_tracked(presence.activities):
            self._presences.append(presence)
            self._counted[presence.user.id] = None
        else:
            self._idle.append(presence.user.id)


def _name_of_cut(part: _Part) -> str | None:
    """Return the name of the list that ends with ``null``; there is no other ``null``."""
    lists = {name: getattr(part, name) for name in _LISTS}
    nulls = [name for name, each in lists.items() for element in each if element is None]
    if not nulls:
        return None
    name = nulls[0]
    if len(nulls) > 1 or lists[name][-1] is not None:
        raise msgspec.ValidationError(_NOTHING)
    return name

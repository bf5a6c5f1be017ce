"""Big guilds, read slice by slice: what is read is what the whole text says."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import TYPE_CHECKING, Any
from unittest import mock

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import GuildReport, Settings
from integrations.evidence.audit import frames, slices
from integrations.evidence.audit.frames import GuildFrame, TooLargeError
from integrations.evidence.audit.slices import FrameText
from integrations.gateway.admission import Admission
from integrations.gateway.guild_payload import PRESENCES_UP_TO, GuildPayload, report_of

if TYPE_CHECKING:
    from integrations.evidence.audit.frames import Frame

ADMISSION = Admission(Settings(ignored_roles=frozenset({7})))


def text_of(data: object, name: str = "GUILD_CREATE") -> bytes:
    return msgspec.json.encode({"t": name, "s": 3, "op": 0, "d": data})


def read(text: bytes, *, size: int = 64, each: int = 50) -> Frame:
    """Read a frame in slices of ``size``, as it comes in pieces of ``each``."""

    async def piece_by_piece() -> Frame:
        coming = FrameText()
        for start in range(0, len(text), each):
            coming.add(text[start : start + each])
        return await coming.frame()

    nearby = (0, size // 8, size // 2)
    with mock.patch.object(slices, "SLICE", size), mock.patch.object(slices, "_BACK", nearby):
        return asyncio.run(piece_by_piece())


def whole(text: bytes) -> GuildPayload:
    return frames.guild_of(frames.decode_frame(text))


def report(payload: GuildPayload) -> GuildReport:
    return report_of(payload, ADMISSION, 5, source="audit", asked_at=4)


def member(user_id: int, **fields: object) -> dict[str, Any]:
    user = {"id": str(user_id), "username": f"user{user_id}", "bot": False, "avatar": None}
    return {"user": user, "nick": None, "roles": ["7", "8"], "flags": 0, **fields}


def state(user_id: int, channel_id: int | None = 50) -> dict[str, Any]:
    channel = None if channel_id is None else str(channel_id)
    return {"user_id": str(user_id), "channel_id": channel, "session_id": "s", "mute": True}


def presence(user_id: int, *activities: dict[str, Any]) -> dict[str, Any]:
    return {"user": {"id": str(user_id)}, "status": "idle", "activities": list(activities)}


def guild(members: int = 30) -> dict[str, Any]:
    """A guild: every third is in voice, every fifth plays, every other one says something."""
    numbers = range(1, members + 1)
    custom = {"name": "Custom Status", "type": 4, "state": "},{"}
    tetris = {"name": "Tetris", "type": 0, "timestamps": {"start": 1}}
    return {
        "id": "1",
        "member_count": members,
        "afk_channel_id": "51",
        "roles": [{"id": "7", "tags": {}}, {"id": "8", "tags": {}}],
        "channels": [
            {"id": str(50 + n), "name": f"Sala {n}", "permission_overwrites": [{"id": "7"}, {}]}
            for n in range(4)
        ],
        "members": [member(n, roles=[]) for n in numbers],
        "voice_states": [state(n, 50 + n % 4) for n in numbers if n % 3 == 0],
        "presences": [
            presence(n, custom, tetris) if n % 5 == 0 else presence(n, custom)
            for n in numbers
            if n % 2 or n % 5 == 0
        ],
    }


# Whatever a guild is like


_TEXT = st.text(max_size=8) | st.sampled_from(["},{", '"},{"', "]}}", ",null]}}", "\\", "ñ🎮\n"])
_IDS = st.integers(1, 12).map(str)
_ODD = st.none() | st.booleans() | st.integers(-9, 9) | _TEXT | st.lists(_TEXT, max_size=2)
_MEMBERS = st.fixed_dictionaries(
    {"roles": st.lists(st.sampled_from(["7", "8"]), max_size=2)},
    optional={
        "user": st.fixed_dictionaries(
            {"id": _IDS, "username": _TEXT},
            optional={"global_name": st.none() | _TEXT, "bot": st.booleans(), "odd": _ODD},
        ),
        "nick": st.none() | _TEXT,
        "of_tomorrow": st.lists(st.dictionaries(_TEXT, _ODD, max_size=2), max_size=3),
    },
)
_STATES = st.fixed_dictionaries(
    {"user_id": _IDS, "channel_id": st.none() | st.sampled_from(["50", "51"])},
    optional={"member": _MEMBERS, "self_mute": st.booleans(), "odd": _ODD},
)
_ACTIVITIES = st.fixed_dictionaries(
    {"name": _TEXT | _ODD},
    optional={
        "type": _ODD | st.sampled_from([0, 1, 2, "0"]),
        "state": _ODD,
        "timestamps": _ODD | st.fixed_dictionaries({"start": _ODD}),
        "created_at": _ODD,
        "buttons": st.lists(st.fixed_dictionaries({"label": _TEXT}), max_size=3),
    },
)
_PRESENCES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"user": st.fixed_dictionaries({"id": _IDS})},
    optional={"activities": st.lists(_ACTIVITIES, max_size=4)},
)
_CHANNELS = st.fixed_dictionaries(
    {"id": st.sampled_from(["50", "51"])}, optional={"name": st.none() | _TEXT, "odd": _ODD}
)
_ELSEWHERE: st.SearchStrategy[object] = st.lists(
    st.dictionaries(_TEXT, _ODD | st.just([{}, {}]), max_size=3), max_size=4
)
_GUILDS = st.fixed_dictionaries(
    {"id": _IDS},
    optional={
        "unavailable": st.none() | st.booleans(),
        "member_count": st.sampled_from([3, PRESENCES_UP_TO + 1]),
        "afk_channel_id": st.none() | st.just("51"),
        "channels": st.lists(_CHANNELS, max_size=4),
        "members": st.lists(_MEMBERS, max_size=12),
        "voice_states": st.lists(_STATES, max_size=8),
        "presences": st.lists(_PRESENCES, max_size=8, unique_by=lambda each: each["user"]["id"]),
        "emojis": _ELSEWHERE,
        "nested": st.fixed_dictionaries({"members": _ELSEWHERE, "presences": _ELSEWHERE}),
    },
).flatmap(lambda data: st.permutations(list(data.items())).map(dict))


@given(data=_GUILDS, size=st.integers(1, 300), each=st.integers(1, 200))
@example(data=guild(), size=64, each=7)
def test_a_guild_in_slices_says_what_it_says_as_a_whole(
    data: dict[str, Any], size: int, each: int
) -> None:
    text = text_of(data)
    seen, told = frames.guild_of(read(text, size=size, each=each)), whole(text)
    assert report(seen) == report(told)
    assert msgspec.structs.replace(seen, members=[], presences=[]) == msgspec.structs.replace(
        told, members=[], presences=[]
    )


@given(data=_GUILDS, place=st.integers(0), size=st.integers(1, 300))
def test_a_guild_that_is_cut_off_is_none(data: dict[str, Any], place: int, size: int) -> None:
    text = text_of(data)
    with pytest.raises(msgspec.DecodeError):
        read(text[: place % len(text)], size=size)


# What is kept


def test_of_a_big_guild_those_are_kept_who_are_in_voice_or_play() -> None:
    frame = read(text_of(guild()))
    assert isinstance(frame, GuildFrame)
    assert (frame.op, frame.s, frame.t) == (0, 3, "GUILD_CREATE")
    members = [m.user.id for m in frame.guild.members if m.user is not None]
    assert members == [n for n in range(1, 31) if n % 3 == 0 or n % 5 == 0]
    assert [p.user.id for p in frame.guild.presences] == list(range(5, 31, 5))


def test_where_presences_are_of_people_in_voice_alone_each_of_them_says_something() -> None:
    data = guild() | {"member_count": PRESENCES_UP_TO + 1}
    seen = frames.guild_of(read(text_of(data)))
    assert len(seen.presences) == len(data["presences"])
    assert report(seen).games[1].activities == ()


def test_a_big_guild_is_never_there_as_a_whole() -> None:
    text = text_of(guild(10_000) | {"voice_states": [], "presences": []})
    tracemalloc.start()
    frame = read(text, size=16_384, each=16_384)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(frame, GuildFrame)
    assert peak < len(text) / 2


def test_others_have_their_turn_behind_each_slice() -> None:
    text = text_of(guild(2_000))
    coming = FrameText()
    pieces = [text[start : start + 10_000] for start in range(0, len(text), 10_000)]
    turns = sum(coming.add(piece) for piece in pieces)
    assert len(text) / frames.SLICE / 2 < turns <= len(text) / frames.SLICE


def test_a_frame_may_say_its_name_behind_its_payload() -> None:
    text = msgspec.json.encode({"op": 0, "d": guild(), "s": 3, "t": "GUILD_CREATE"})
    frame = read(text)
    assert isinstance(frame, GuildFrame)
    assert (frame.s, frame.t) == (3, "GUILD_CREATE")
    assert report(frame.guild) == report(whole(text))


def test_a_frame_that_only_looks_like_a_guild_is_none() -> None:
    text = msgspec.json.encode({"op": 0, "d": guild(), "s": 3, "t": "THREAD_LIST_SYNC"})
    frame = read(text)
    assert not isinstance(frame, GuildFrame)
    assert (frame.op, frame.s, frame.t) == (0, 3, "THREAD_LIST_SYNC")


# What is held whole


def test_a_frame_of_another_name_is_held_whole() -> None:
    data = {"guilds": [{"id": str(n), "unavailable": True} for n in range(100)]}
    for text in (
        text_of(data, "READY"),
        msgspec.json.encode({"op": 0, "d": data, "s": 1, "t": "READY"}),
    ):
        assert len(frames.ready_of(read(text)).guilds) == 100


def test_text_that_cannot_be_cut_is_held_whole() -> None:
    text = msgspec.json.format(text_of(guild()), indent=2)
    assert report(frames.guild_of(read(text))) == report(whole(text))


@pytest.mark.parametrize("more", [{"trace": [{"members": [{}, {}]}] * 9}, {"trace": {"a": [{}]}}])
def test_what_else_a_frame_may_have_one_day_is_passed_over(more: dict[str, object]) -> None:
    for text in (
        msgspec.json.encode({"t": "GUILD_CREATE", "op": 0, "d": guild(), **more}),
        msgspec.json.encode({"t": "GUILD_CREATE", **more, "op": 0, "d": guild()}),
    ):
        assert report(frames.guild_of(read(text))) == report(whole(text))


# What is refused


@pytest.mark.parametrize("name", ["channels", "members", "voice_states", "presences"])
@pytest.mark.parametrize("place", [0, 2, -1])
def test_nobody_in_the_place_of_somebody_is_refused(name: str, place: int) -> None:
    data = guild()
    data[name] = [*data[name]]
    data[name][place] = None
    with pytest.raises(msgspec.ValidationError):
        read(text_of(data))


def test_a_guild_without_an_id_is_refused() -> None:
    data = guild()
    del data["id"]
    with pytest.raises(msgspec.ValidationError):
        read(text_of(data))


def test_more_than_any_guild_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "LARGEST", 10_000)
    with pytest.raises(TooLargeError):
        read(text_of(guild(1_000)))

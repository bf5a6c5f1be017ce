"""The second session itself, against the stand-in and against gateways that do as they like."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

import aiohttp
import msgspec
import pytest
from aiohttp import web

from integrations.evidence.audit import Target, frames, gateway_session
from integrations.evidence.audit.frames import Inflater
from integrations.evidence.audit.gateway_session import AuditError, GuildSeen, Identity, read_guilds
from integrations.loopback import LoopbackDiscord
from integrations.loopback.server import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from machines import Instant

    Socket = web.WebSocketResponse
    Start = Callable[[Callable[[Socket], Awaitable[None]]], Awaitable[str]]


TOKEN = "a-token"


class Audit:
    """One session: what it saw, on a clock that counts its readings."""

    def __init__(self, gateway: str, token: str = TOKEN, *, presences: bool = True) -> None:
        self.identity = Identity(gateway, token, presences=presences)
        self.seen: list[GuildSeen] = []
        self._readings = 0

    async def run(self, target: Target, *, all_of_them: bool = True) -> list[int]:
        async with aiohttp.ClientSession() as http:
            await read_guilds(
                http, self.identity, target, self._now, self._take, all_of_them=all_of_them
            )
        return [guild.payload.id for guild in self.seen]

    async def _take(self, guild: GuildSeen) -> None:
        self.seen.append(guild)

    def _now(self) -> Instant:
        self._readings += 1
        return self._readings


WHOLE = Target(0, 1, frozenset({1, 2}))


@pytest.fixture
async def stand_in() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as discord:
        yield discord


def of(stand_in: LoopbackDiscord, **options: bool) -> Audit:
    return Audit(stand_in.gateway_url, stand_in.token, **options)


# What it reads


async def test_it_reads_every_guild_of_the_shard(stand_in: LoopbackDiscord) -> None:
    plaza, corner = stand_in.add_guild("Plaza"), stand_in.add_guild("Esquina")
    pino = stand_in.add_user("Pino", plaza)
    pino.joins(plaza.add_voice_channel("General"))
    pino.plays("VALORANT")
    audit = of(stand_in)
    assert await audit.run(WHOLE) == [plaza.id, corner.id]
    first, second = audit.seen
    assert [state.user_id for state in first.payload.voice_states] == [pino.id]
    [played] = [p for p in first.payload.presences if p.user.id == pino.id]
    assert [activity.name for activity in played.activities] == ["VALORANT"]
    assert first.asked_at == second.asked_at < first.at < second.at


async def test_it_says_goodbye(stand_in: LoopbackDiscord) -> None:
    stand_in.add_guild("Plaza")
    await of(stand_in).run(WHOLE)
    await stand_in.until(lambda: not len(stand_in.gateway.sessions))


async def test_it_reads_the_guilds_of_one_shard_alone(stand_in: LoopbackDiscord) -> None:
    stand_in.add_guild("Plaza", shard=(0, 2))
    corner = stand_in.add_guild("Esquina", shard=(1, 2))
    assert await of(stand_in).run(Target(1, 2, frozenset({1, corner.id}))) == [corner.id]


async def test_it_ends_with_the_guild_that_it_is_about(stand_in: LoopbackDiscord) -> None:
    guilds = [stand_in.add_guild(f"Plaza {n}") for n in range(5)]
    target = Target(0, 1, frozenset({guilds[1].id}))
    seen = await of(stand_in).run(target, all_of_them=False)
    assert guilds[1].id in seen
    assert guilds[4].id not in seen


async def test_a_guild_that_is_out_is_not_waited_for(stand_in: LoopbackDiscord) -> None:
    plaza, corner = stand_in.add_guild("Plaza"), stand_in.add_guild("Esquina")
    plaza.outage_begins()
    assert await of(stand_in).run(WHOLE) == [corner.id]


async def test_it_asks_for_presences_only_where_it_may(stand_in: LoopbackDiscord) -> None:
    stand_in.add_guild("Plaza")
    stand_in.allow_intents(presences=False)
    await of(stand_in, presences=False).run(WHOLE)
    with pytest.raises(AuditError) as refused:
        await of(stand_in).run(WHOLE)
    assert refused.value.code == 4014


async def test_a_refused_token_is_an_error_of_ours(stand_in: LoopbackDiscord) -> None:
    with pytest.raises(AuditError) as refused:
        await Audit(stand_in.gateway_url, "another").run(WHOLE)
    assert refused.value.code == 4004
    assert "another" not in repr(refused.value)


async def test_a_refused_identify_is_an_error_of_ours(stand_in: LoopbackDiscord) -> None:
    stand_in.faults.refuse_identifies()
    with pytest.raises(AuditError, match="op 9"):
        await of(stand_in).run(WHOLE)


async def test_a_gateway_that_cannot_be_reached_is_an_error_of_ours(
    stand_in: LoopbackDiscord,
) -> None:
    stand_in.faults.gateway_down = True
    with pytest.raises(AuditError):
        await of(stand_in).run(WHOLE)


def test_the_token_is_not_shown() -> None:
    assert "secret" not in repr(Identity("ws://127.0.0.1", "secret", presences=True))


# Gateways that do as they like


@pytest.fixture
async def gateway() -> AsyncIterator[Start]:
    """Start a gateway that behaves as a function says; return its address."""
    runners: list[web.AppRunner] = []

    async def start(behave: Callable[[Socket], Awaitable[None]]) -> str:
        async def handle(request: web.Request) -> web.StreamResponse:
            socket = web.WebSocketResponse(timeout=0.2)
            await socket.prepare(request)
            await behave(socket)
            await socket.close()
            return socket

        app = web.Application()
        app.router.add_get("/", handle)
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        [address] = runner.addresses
        return f"ws://127.0.0.1:{address[1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


def frame(op: int, data: object = None, name: str | None = None, number: int | None = None) -> str:
    return msgspec.json.encode({"op": op, "d": data, "t": name, "s": number}).decode()


HELLO = frame(10, {"heartbeat_interval": 60_000})
READY = frame(0, {"guilds": [{"id": "1"}, {"id": "2"}]}, "READY", 1)
PLAZA = frame(0, {"id": "1", "voice_states": []}, "GUILD_CREATE", 2)
CORNER = frame(0, {"id": "2", "voice_states": []}, "GUILD_CREATE", 3)


async def test_plain_text_is_read_as_well(gateway: Start) -> None:
    async def behave(socket: Socket) -> None:
        for text in (HELLO, READY, PLAZA, CORNER):
            await socket.send_str(text)
        await socket.receive()

    assert await Audit(await gateway(behave)).run(WHOLE) == [1, 2]


async def test_a_compressed_stream_may_come_in_pieces(gateway: Start) -> None:
    async def behave(socket: Socket) -> None:
        stream = zlib.compressobj()
        for text in (HELLO, READY, PLAZA, CORNER):
            packed = stream.compress(text.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)
            await socket.send_bytes(packed[:7])
            await socket.send_bytes(packed[7:])
        await socket.receive()

    assert await Audit(await gateway(behave)).run(WHOLE) == [1, 2]


async def test_it_ends_when_nothing_has_come_for_a_while(
    gateway: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_session, "QUIET", 0.05)

    async def behave(socket: Socket) -> None:
        for text in (HELLO, READY, PLAZA):
            await socket.send_str(text)
        while not socket.closed:
            await socket.receive()

    assert await Audit(await gateway(behave)).run(WHOLE) == [1]


async def test_it_sends_heartbeats_while_it_lasts(
    gateway: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_session, "QUIET", PATIENCE)
    beats: list[object] = []

    async def behave(socket: Socket) -> None:
        await socket.send_str(frame(10, {"heartbeat_interval": 200}))
        await socket.send_str(READY)
        while len(beats) < 3:
            message = msgspec.json.decode((await socket.receive()).data)
            if message["op"] == 1:
                beats.append(message["d"])
                await socket.send_str(frame(11))
        for text in (PLAZA, CORNER):
            await socket.send_str(text)
        await socket.receive()

    assert await Audit(await gateway(behave)).run(WHOLE) == [1, 2]
    assert beats[-1] == 1


async def test_a_heartbeat_that_is_not_answered_ends_it(gateway: Start) -> None:
    async def behave(socket: Socket) -> None:
        await socket.send_str(frame(10, {"heartbeat_interval": 10}))
        await socket.send_str(READY)
        while not socket.closed:
            await socket.receive()

    audit = Audit(await gateway(behave))
    with pytest.raises(AuditError):
        await audit.run(WHOLE)


async def test_a_heartbeat_that_is_asked_for_is_sent_at_once(gateway: Start) -> None:
    asked: list[object] = []

    async def behave(socket: Socket) -> None:
        await socket.send_str(HELLO)
        await socket.receive()
        await socket.send_str(READY)
        await socket.send_str(frame(1))
        asked.append(msgspec.json.decode((await socket.receive()).data))
        for text in (PLAZA, CORNER):
            await socket.send_str(text)
        await socket.receive()

    assert await Audit(await gateway(behave)).run(WHOLE) == [1, 2]
    assert asked == [{"op": 1, "d": 1}]


async def test_what_was_read_before_it_broke_off_is_good(gateway: Start) -> None:
    async def behave(socket: Socket) -> None:
        for text in (HELLO, READY, PLAZA):
            await socket.send_str(text)
        await socket.close(code=4000)

    audit = Audit(await gateway(behave))
    with pytest.raises(AuditError):
        await audit.run(WHOLE)
    assert [guild.payload.id for guild in audit.seen] == [1]


def big(number: int) -> str:
    members = [{"user": {"id": str(n), "username": f"user{n}"}} for n in range(5_000)]
    states = [{"user_id": "7", "channel_id": "9"}]
    data = {"id": "1", "members": members, "voice_states": states}
    return frame(0, data, "GUILD_CREATE", number)


def halves(text: str) -> tuple[bytes, bytes]:
    """The text as a compressed stream of its own, in two messages."""
    stream = zlib.compressobj()
    packed = stream.compress(text.encode()) + stream.flush(zlib.Z_SYNC_FLUSH)
    return packed[: len(packed) // 2], packed[len(packed) // 2 :]


@pytest.mark.parametrize("is_compressed", [True, False])
async def test_of_a_big_guild_it_keeps_who_is_in_voice_and_lets_others_have_their_turn(
    gateway: Start, *, is_compressed: bool
) -> None:
    turns = 0

    async def behave(socket: Socket) -> None:
        nonlocal turns
        for text in (HELLO, READY):
            await socket.send_str(text)
        if is_compressed:
            for part in halves(big(2)):
                await socket.send_bytes(part)
        else:
            await socket.send_str(big(2))
        await socket.send_str(CORNER)
        await socket.receive()

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    audit = Audit(await gateway(behave))
    counting = asyncio.create_task(count())
    assert await audit.run(WHOLE) == [1, 2]
    counting.cancel()
    [kept] = audit.seen[0].payload.members
    assert kept.user is not None
    assert (kept.user.id, kept.name) == (7, "user7")
    assert turns > len(big(2)) / frames.SLICE


async def test_a_guild_that_is_cut_off_is_not_seen(gateway: Start) -> None:
    async def behave(socket: Socket) -> None:
        for text in (HELLO, READY):
            await socket.send_str(text)
        await socket.send_bytes(halves(big(2))[0])
        await socket.close(code=4000)

    audit = Audit(await gateway(behave))
    with pytest.raises(AuditError) as broken:
        await audit.run(WHOLE)
    assert broken.value.code == 4000
    assert audit.seen == []


async def test_the_rest_of_a_guild_is_waited_for_longer_than_another_guild(
    gateway: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_session, "QUIET", 0.05)
    quiet = asyncio.Event()

    async def behave(socket: Socket) -> None:
        for text in (HELLO, READY):
            await socket.send_str(text)
        first, second = halves(big(2))
        await socket.send_bytes(first)
        await asyncio.sleep(0.2)
        quiet.set()
        await socket.send_bytes(second)
        while not socket.closed:
            await socket.receive()

    assert await Audit(await gateway(behave)).run(WHOLE) == [1]
    assert quiet.is_set()


async def test_a_guild_whose_rest_never_comes_is_an_error_of_ours(
    gateway: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_session, "QUIET", 0.05)
    monkeypatch.setattr(gateway_session, "_LONGEST", 0.3)

    async def behave(socket: Socket) -> None:
        for text in (HELLO, READY):
            await socket.send_str(text)
        await socket.send_bytes(halves(big(2))[0])
        while not socket.closed:
            await socket.receive()

    audit = Audit(await gateway(behave))
    with pytest.raises(AuditError, match="in time"):
        await audit.run(WHOLE)
    assert audit.seen == []


@pytest.mark.parametrize(
    "nonsense", ["no JSON", "[]", frame(10, {}), frame(10, "soon"), frame(7), frame(9, True)]
)
async def test_nonsense_is_an_error_of_ours(gateway: Start, nonsense: str) -> None:
    async def behave(socket: Socket) -> None:
        await socket.send_str(nonsense)
        await socket.receive()

    audit = Audit(await gateway(behave))
    with pytest.raises(AuditError):
        await audit.run(WHOLE)


async def test_a_gateway_that_never_greets_is_given_up(
    gateway: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_session, "_FIRST_ANSWER", 0.05)

    async def behave(socket: Socket) -> None:
        await socket.receive()

    audit = Audit(await gateway(behave))
    with pytest.raises(AuditError, match="in time"):
        await audit.run(WHOLE)


async def test_cancelling_it_closes_the_connection(gateway: Start) -> None:
    greeted, gone = asyncio.Event(), asyncio.Event()

    async def behave(socket: Socket) -> None:
        await socket.send_str(HELLO)
        await socket.receive()
        greeted.set()
        await socket.receive()
        gone.set()

    running = asyncio.create_task(Audit(await gateway(behave)).run(WHOLE))
    await greeted.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.wait_for(gone.wait(), PATIENCE)


# Frames


def test_a_stream_is_unpacked_a_slice_at_a_time() -> None:
    text = b"".join(b"%d " % number for number in range(200_000))
    stream, inflater = zlib.compressobj(), Inflater()
    packed = stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH)
    assert not inflater.ends_frame(packed[:-1])
    assert inflater.ends_frame(packed)
    pieces = list(inflater.pieces(packed))
    assert b"".join(pieces) == text
    assert max(map(len, pieces)) <= frames.SLICE
    more = stream.compress(b"more") + stream.flush(zlib.Z_SYNC_FLUSH)
    assert b"".join(inflater.pieces(more)) == b"more"


def test_a_payload_is_not_decoded_before_its_name_is_known() -> None:
    read = frames.decode_frame(frame(0, {"id": "not even a number"}, "TYPING_START", 7))
    assert (read.t, read.s) == ("TYPING_START", 7)
    assert isinstance(read.d, msgspec.Raw)


def test_what_an_audit_has_no_use_for_is_passed_over() -> None:
    extra = {"id": "5", "emojis": [{"id": "1"}], "voice_states": [{"user_id": "9", "x": 1}]}
    payload = frames.guild_of(frames.decode_frame(frame(0, extra, "GUILD_CREATE", 1)))
    assert (payload.id, [state.user_id for state in payload.voice_states]) == (5, [9])

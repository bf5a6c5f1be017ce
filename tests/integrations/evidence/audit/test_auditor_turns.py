"""What an audit saw of a big guild is taken in a few people at a time, with others in between."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter, deque
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest

from engine import SessionEngine, Settings
from integrations import turns
from integrations.evidence.audit import auditor as auditing
from integrations.evidence.audit.auditor import Auditor
from integrations.evidence.audit.gateway_session import GuildSeen
from integrations.evidence.audit.plan import StartLimit, Target
from integrations.evidence.occupancy import VoiceStates
from integrations.gateway.activities import ActivityPart
from integrations.gateway.admission import Admission
from integrations.gateway.guild_payload import (
    ChannelPart,
    GuildPayload,
    MemberPart,
    PresencePart,
    PresenceUserPart,
    Sight,
    UserPart,
    VoicePart,
)
from integrations.tracker import Tracker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from engine import GuildReport
    from integrations.gateway.connection import Connections

GUILD, GENERAL, PEOPLE = 900, 500, 300
FIRST = 200_000_000_000_000_000


def plaza(guild_id: int = GUILD) -> GuildPayload:
    """A guild whose people are all in voice and all play."""
    game = ActivityPart(name="osu!")
    return GuildPayload(
        id=guild_id,
        member_count=PEOPLE,
        channels=[ChannelPart(GENERAL, "General")],
        members=[MemberPart(UserPart(user, f"p{user}")) for user in range(PEOPLE)],
        voice_states=[VoicePart(user, GENERAL) for user in range(PEOPLE)],
        presences=[PresencePart(PresenceUserPart(user), (game,)) for user in range(PEOPLE)],
    )


class Turns:
    """Counts the people who are taken in between two turns of others."""

    def __init__(self) -> None:
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()

    def counts(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:  # noqa: ANN401 - a class or module
        original = getattr(owner, name)

        def counted(*arguments: Any) -> Any:  # noqa: ANN401 - handed on as it is
            self._now[name] += 1
            self.most[name] = max(self.most[name], self._now[name])
            return original(*arguments)

        monkeypatch.setattr(owner, name, counted)

    async def listen(self) -> None:
        while True:
            self._now.clear()
            await asyncio.sleep(0)


def auditor_of(
    deliver: Callable[[GuildReport, VoiceStates], Awaitable[None]],
    *,
    goes_out: Callable[[], bool] = bool,
    is_up: Callable[[], bool] = lambda: True,
    cached: Mapping[int, SimpleNamespace] = MappingProxyType({}),
) -> Auditor:
    class _Guild(SimpleNamespace):
        @property
        def unavailable(self) -> bool:
            return goes_out()

    guild = _Guild(
        id=GUILD,
        shard_id=None,
        get_member=cached.get,
        get_channel=lambda _: SimpleNamespace(id=GENERAL),
    )
    bot = SimpleNamespace(
        intents=discord.Intents.all(),
        http=SimpleNamespace(token="t"),
        user=None,
        guilds=[guild],
        get_guild=lambda _: guild,
    )
    settings = Settings(event_delay=0.0)
    return Auditor(
        cast("discord.Client", bot),
        Tracker(SessionEngine(settings), lambda _: None),
        cast("Connections", SimpleNamespace(is_up=lambda _: is_up())),
        Admission(settings),
        settings,
        deliver,
        lambda: None,
    )


async def test_no_turn_takes_in_more_than_some_people(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[GuildReport, VoiceStates]] = []

    async def deliver(report: GuildReport, states: VoiceStates) -> None:
        told.append((report, states))

    payload = plaza()

    async def read(*given: Any, all_of_them: bool) -> None:  # noqa: ANN401 - as read_guilds
        assert not all_of_them
        await given[-1](GuildSeen(payload, 1, 2))

    counted = Turns()
    counted.counts(monkeypatch, VoiceStates, "take")
    counted.counts(monkeypatch, Sight, "_admits")
    monkeypatch.setattr(turns, "_TURN", 0.0)
    monkeypatch.setattr(auditing, "read_guilds", read)
    listening = asyncio.create_task(counted.listen())
    target = Target(0, 1, frozenset({GUILD}))
    seen = await auditor_of(deliver)._carry_out(target, "wss://x", demanded=True)  # noqa: SLF001
    assert set(seen) == {GUILD}
    listening.cancel()

    [(report, states)] = told
    assert len(report.voice) == len(report.games) == len(states.by_person) == PEOPLE
    assert states.people == {GENERAL: PEOPLE}
    assert [payload.members, payload.voice_states, payload.presences] == [[], [], []]
    assert set(counted.most) == {"take", "_admits"}
    assert max(counted.most.values()) <= turns._AT_LEAST + 1  # noqa: SLF001 - so many a turn


async def test_whom_discord_py_has_cached_an_audit_holds_by_its_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of those that it has decoded is another one."""
    told: list[VoiceStates] = []

    async def deliver(_report: GuildReport, states: VoiceStates) -> None:
        told.append(states)

    own, payload = FIRST + PEOPLE, plaza()
    payload.voice_states = [VoicePart(int(str(own)), int(str(GENERAL))), VoicePart(FIRST, GENERAL)]

    async def read(*given: Any, all_of_them: bool) -> None:  # noqa: ANN401 - as read_guilds
        assert not all_of_them
        await given[-1](GuildSeen(payload, 1, 2))

    monkeypatch.setattr(auditing, "read_guilds", read)
    auditor = auditor_of(deliver, cached={own: SimpleNamespace(id=own)})
    await auditor._carry_out(Target(0, 1, frozenset({GUILD})), "wss://x", demanded=True)  # noqa: SLF001
    [states] = told
    held, other = states.by_person
    assert held is own
    assert other == FIRST
    assert all(each.channel.id is GENERAL for each in states.by_person.values())


async def test_what_an_audit_asked_for_before_the_clock_was_set_is_of_no_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[GuildReport] = []

    async def deliver(report: GuildReport, _states: VoiceStates) -> None:
        told.append(report)

    auditor, target = auditor_of(deliver), Target(0, 1, frozenset({GUILD}))

    async def read(*given: Any, all_of_them: bool) -> None:  # noqa: ANN401 - as read_guilds
        assert not all_of_them
        await given[-1](GuildSeen(plaza(), 1, 2))
        auditor._tracker.clock_watch.set_by += set_by  # noqa: SLF001 - as when it finds that it was

    monkeypatch.setattr(auditing, "read_guilds", read)
    for set_by in (-5, 0):
        await auditor._carry_out(target, "wss://x", demanded=True)  # noqa: SLF001
        assert bool(told) == (set_by == 0)


async def test_what_goes_through_thousands_of_guilds_has_a_turn_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def deliver(_report: GuildReport, _states: VoiceStates) -> None:
        """Nobody is seen."""

    async def start_limit() -> tuple[str, StartLimit]:
        return "wss://x", StartLimit()  # at once, as hardly ever

    async def read(*_given: Any, all_of_them: bool) -> None:  # noqa: ANN401 - as read_guilds
        assert not all_of_them

    now = 0
    turns_of: dict[str, int] = {}

    async def listen() -> None:
        nonlocal now
        while True:
            now += 1
            await asyncio.sleep(0)

    def noted(owner: Any, name: str) -> None:  # noqa: ANN401 - an object or a module
        original = getattr(owner, name)

        def note(*given: Any, **options: Any) -> Any:  # noqa: ANN401 - handed on as it is
            turns_of[name] = now
            return original(*given, **options)

        monkeypatch.setattr(owner, name, note)

    auditor = auditor_of(deliver)
    monkeypatch.setattr(auditor, "_connections", SimpleNamespace(all_up=True))
    monkeypatch.setattr(auditor, "_start_limit", start_limit)
    monkeypatch.setattr(auditing, "read_guilds", read)
    monkeypatch.setattr(auditor._bot, "shard_count", 1, raising=False)  # noqa: SLF001 - a stand-in
    noted(auditor, "_guild_ids")
    noted(auditing, "targets")
    noted(auditor.plan, "spend")
    listening = asyncio.create_task(listen())
    await auditor.periodic()
    listening.cancel()
    assert auditor.counters["done"] == 1
    assert len(set(turns_of.values())) == len(turns_of) == 3


@pytest.mark.parametrize("gone", ["the guild", "its connection"])
async def test_what_is_gone_by_the_time_that_an_audit_has_read_it_is_not_handed_on(
    monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    """It would end the gap that has begun meanwhile, and what follows would not be heard."""
    told: list[GuildReport] = []
    is_gone: list[str] = []

    async def deliver(report: GuildReport, _states: VoiceStates) -> None:
        told.append(report)

    async def read(*given: Any, all_of_them: bool) -> None:  # noqa: ANN401 - as read_guilds
        assert not all_of_them
        await given[-1](GuildSeen(plaza(), 1, 2))
        is_gone.append(gone)

    monkeypatch.setattr(auditing, "read_guilds", read)
    auditor = auditor_of(
        deliver,
        goes_out=lambda: "the guild" in is_gone,
        is_up=lambda: "its connection" not in is_gone,
    )
    target = Target(0, 1, frozenset({GUILD}))
    await auditor._carry_out(target, "wss://x", demanded=True)  # noqa: SLF001
    assert is_gone
    assert told == []


async def test_however_many_guilds_were_read_the_collector_goes_through_as_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was seen of ten thousand took it 3 ms and more."""
    few, many = 5, 45
    read_by_now = 0
    goes_through: dict[int, int] = {}

    async def deliver(_report: GuildReport, _states: VoiceStates) -> None:
        if read_by_now not in goes_through:
            gc.collect()
            held = (each for each in gc.get_objects() if isinstance(each, _CONTAINERS))
            goes_through[read_by_now] = sum(map(len, held))

    async def read(*given: Any, all_of_them: bool) -> None:  # noqa: ANN401 - as read_guilds
        assert not all_of_them
        for number in range(read_by_now):
            await given[-1](GuildSeen(plaza(GUILD + number), 1, 2))

    monkeypatch.setattr(auditing, "read_guilds", read)
    auditor, target = auditor_of(deliver), Target(0, 1, frozenset({GUILD}))
    for read_by_now in (many, few, many):
        goes_through.pop(read_by_now, None)
        seen = await auditor._carry_out(target, "wss://x", demanded=True)  # noqa: SLF001
        assert len(seen) == read_by_now
    assert goes_through[many] - goes_through[few] < many - few


_CONTAINERS = (deque, dict, list, set, tuple)

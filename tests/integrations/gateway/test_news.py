"""News of people waits for a moment, and nothing comes of it that it did."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import msgspec
import pytest

from engine import (
    ActivitySeen,
    Channel,
    GuildReport,
    MemberRemoved,
    PresenceObserved,
    VoiceObserved,
    WatchLost,
)
from integrations.evidence.channel_info import CallUpdate, ChannelInfo
from integrations.evidence.contradictions import Contradictions
from integrations.evidence.occupancy import VoiceStates
from integrations.evidence.verdicts import Held, Verdicts
from integrations.gateway.guild_payload import details_of
from integrations.gateway.news import MOST
from integrations.inspector.subject import subject_of
from integrations.keeping.storekeeper import Storekeeper
from integrations.loopback.server import PATIENCE
from integrations.tracker import Tracker
from integrations.turns import turn
from machines import (
    SECOND,
    GameSession,
    LiveState,
    NoticeDue,
    RecordEnded,
    SessionChanged,
    VoiceSession,
)
from persistence import HistoryFilter, read_live
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, payload, without_ids
from tests.integrations.gateway.plaza import turn_of
from tests.integrations.gateway.talk import talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    import discord

    from integrations.evidence.check_figures import CheckFigures
    from machines import AnySession, Effect
    from tests.benchmarks.population import Person

PEOPLE = Population.of(60, guilds=1, idle_each=4)
[PLAZA] = PEOPLE.guilds
HERE, THERE = PLAZA.channel_ids[:2]
ELSEWHERE = [person for person in PEOPLE.in_voice if person.channel_id != THERE]
VOICE, PRESENCE = "VOICE_STATE_UPDATE", "PRESENCE_UPDATE"


@pytest.fixture
async def plaza(tmp_path: Path) -> AsyncIterator[FedBot]:
    async with fed(tmp_path, PEOPLE) as bot:
        yield bot


class Witness:
    """Sees what each step asks of the outside."""

    def __init__(self) -> None:
        self.steps: list[list[Effect]] = []

    def saw_effects(self, effects: Sequence[Effect]) -> None:
        self.steps.append(list(effects))

    def saw_check(self, figures: CheckFigures) -> None:
        """No check is of interest here."""


def goes(bot: FedBot, person: Person, channel_id: int | None) -> None:
    bot.reads(VOICE, payload(person.voice_update(channel_id)))


def plays(bot: FedBot, person: Person, game: str | None) -> None:
    bot.reads(PRESENCE, payload(person.presence_update(game)))


def voice_of(bot: FedBot, person: Person) -> VoiceSession | None:
    return bot.cog.engine.voice_of(PLAZA.id, person.id)


def channel_of(bot: FedBot, person: Person) -> int | None:
    session = voice_of(bot, person)
    return None if session is None else session.channel_id


def channel_until_now(bot: FedBot, person: Person) -> int | None:
    """Return where somebody is held, whatever waits."""
    engine = bot.cog._tracker._engine  # noqa: SLF001 - whoever asks the cog has it taken in
    session = engine.voice_of(PLAZA.id, person.id)
    return None if session is None else session.channel_id


def a_moment_passes(bot: FedBot) -> None:
    """Have the time be up for which news waits."""
    bot.cog._tracker._advance()  # noqa: SLF001 - as its timer does


@contextmanager
def ends_of_many_graces(bot: FedBot, leavers: Sequence[Person]) -> Iterator[None]:
    """Have more due at once than a turn has time for; the next wake-up is an hour away."""
    for person in leavers:
        goes(bot, person, None)
    a_moment_passes(bot)
    bot.clock.passes(bot.cog.settings.voice_grace + 1)
    with (
        turn_of(0.0, pieces=3),
        mock.patch("integrations.wake_ups.next_wake_up", side_effect=lambda at, _every: at + 3600),
    ):
        bot.cog._tracker._advance()  # noqa: SLF001 - as its timer does
        yield


async def test_what_comes_within_a_moment_is_taken_in_together_when_that_is_over(
    plaza: FedBot,
) -> None:
    sitting = ELSEWHERE[:5]
    witness = Witness()
    plaza.cog.observers.append(witness)
    for person in sitting:
        goes(plaza, person, THERE)
        await asyncio.sleep(0)
    held = [channel_until_now(plaza, person) for person in sitting]
    assert held == [person.channel_id for person in sitting]
    assert not witness.steps
    a_moment_passes(plaza)
    assert {channel_until_now(plaza, person) for person in sitting} == {THERE}
    [step] = witness.steps
    moved = [each.session.id for each in step if isinstance(each, SessionChanged)]
    assert moved == [each.id for person in sitting if (each := voice_of(plaza, person))]
    assert len(moved) == 5


async def test_the_event_loop_tells_when_the_moment_is_over(plaza: FedBot) -> None:
    sitting, loop = PEOPLE.in_voice[0], asyncio.get_running_loop()
    with mock.patch("integrations.wake_ups.next_wake_up", return_value=loop.time()):
        goes(plaza, sitting, THERE)
        assert channel_until_now(plaza, sitting) != THERE
        while channel_until_now(plaza, sitting) != THERE:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)


async def test_what_follows_of_news_that_has_waited_is_written_at_once(plaza: FedBot) -> None:
    keeper = plaza.cog._storekeeper  # noqa: SLF001 - it says when it writes
    assert keeper is not None
    goes(plaza, ELSEWHERE[0], THERE)
    plaza.cog._tracker.catch_up()  # noqa: SLF001 - as whoever reaches it does
    timer = keeper._timer  # noqa: SLF001 - as above
    assert timer is not None
    goes(plaza, ELSEWHERE[1], THERE)
    a_moment_passes(plaza)
    assert timer.cancelled()
    assert keeper._timer is None  # noqa: SLF001 - as above


async def test_whoever_asks_meanwhile_has_it_taken_in(plaza: FedBot) -> None:
    sitting = PEOPLE.in_voice[0]
    goes(plaza, sitting, THERE)
    assert channel_until_now(plaza, sitting) != THERE
    assert channel_of(plaza, sitting) == THERE


async def _something_else_is_observed(bot: FedBot) -> None:
    gone = MemberRemoved(guild_id=PLAZA.id, user_id=PEOPLE.idle[0].id)
    bot.cog._tracker.observe(gone)  # noqa: SLF001 - as any part of it does


async def _a_deadline_comes(bot: FedBot) -> None:
    bot.cog._tracker._advance()  # noqa: SLF001 - as its timer does


async def _a_sweep_has_its_turn(bot: FedBot) -> None:
    bot.cog._tracker._sweep()  # noqa: SLF001 - as its turn does


async def _somebody_is_taken_up(bot: FedBot) -> None:
    bot.cog._tracker.restore(LiveState())  # noqa: SLF001 - as for whoever opts out, in no guild


async def _nothing_is_waited_for_any_more(bot: FedBot) -> None:
    bot.cog._tracker.stop()  # noqa: SLF001 - as a cog that is unloaded does


async def _nothing_is_heard_any_more(bot: FedBot) -> None:
    bot.cog._hear_no_more()  # noqa: SLF001 - likewise


async def _a_look_up_is_answered(bot: FedBot) -> None:
    bot.cog.sources._looked([])  # noqa: SLF001 - as one that has asked about nobody


async def _somebody_comes_where_nobody_has_looked(bot: FedBot) -> None:
    bot.cog._intake._lets_wait = frozenset()  # noqa: SLF001 - as in a guild behind a gap
    goes(bot, PEOPLE.idle[0], HERE)


@pytest.mark.parametrize(
    "comes",
    [
        _something_else_is_observed,
        _a_deadline_comes,
        _a_sweep_has_its_turn,
        _somebody_is_taken_up,
        _nothing_is_waited_for_any_more,
        _nothing_is_heard_any_more,
        _a_look_up_is_answered,
        _somebody_comes_where_nobody_has_looked,
    ],
)
async def test_what_has_waited_is_taken_in_before_anything_else_is_done(
    plaza: FedBot, comes: Callable[[FedBot], Awaitable[None]]
) -> None:
    sitting = ELSEWHERE[0]
    goes(plaza, sitting, THERE)
    assert channel_until_now(plaza, sitting) != THERE
    await comes(plaza)
    assert channel_until_now(plaza, sitting) == THERE


async def test_a_look_has_it_taken_in_before_each_of_its_turns(plaza: FedBot) -> None:
    sitting = ELSEWHERE[0]
    looks = plaza.cog._tracker.looks  # noqa: SLF001 - as any source does
    report = GuildReport(guild_id=PLAZA.id, source="cache", at=plaza.cog.now(), complete_voice=True)
    with mock.patch("integrations.looks.begun_turn", return_value=lambda: True):
        looking = looks.begin(report)
        goes(plaza, sitting, THERE)
        assert channel_until_now(plaza, sitting) != THERE
        while plaza.cog._intake.news.waiting:  # noqa: SLF001 - its next turn comes before long
            assert not looking.done()
            await asyncio.sleep(0)
    await looking
    assert channel_until_now(plaza, sitting) == THERE


async def test_a_look_that_begins_finds_whoever_had_left_gone_by_then(plaza: FedBot) -> None:
    sitting = PEOPLE.in_voice[0]
    session = voice_of(plaza, sitting)
    assert session is not None
    plaza.clock.passes(60)
    left_at = plaza.cog.now()
    goes(plaza, sitting, None)
    plaza.clock.passes(0.5)
    report = GuildReport(
        guild_id=PLAZA.id,
        source="rest",
        at=plaza.cog.now(),
        looked_voice=frozenset({sitting.id}),
    )
    await plaza.cog._tracker.looks.begin(report)  # noqa: SLF001 - as a check does
    assert session.absent_since == left_at
    assert session.stretches == ()


async def test_the_inspector_of_a_bot_has_it_taken_in(plaza: FedBot) -> None:
    sitting, subject = ELSEWHERE[0], subject_of(plaza.cog)
    goes(plaza, sitting, THERE)
    subject.catch_up()
    assert channel_until_now(plaza, sitting) == THERE


async def test_it_has_one_turn_together(plaza: FedBot) -> None:
    for person in ELSEWHERE[:5]:
        goes(plaza, person, THERE)
    with mock.patch("integrations.tracker.turn", wraps=turn) as begun:
        a_moment_passes(plaza)
    assert begun.call_count == 1


async def test_whoever_asks_for_the_engine_within_a_step_has_nothing_taken_in_twice(
    plaza: FedBot,
) -> None:
    """As somebody who watches each transition may."""
    sitting = ELSEWHERE[:3]
    seen: list[tuple[str, int | None]] = []

    def observe(session: AnySession, *_step: object) -> None:
        assert isinstance(session, VoiceSession)
        seen.append((session.id, channel_of(plaza, sitting[-1])))

    for person in sitting:
        goes(plaza, person, THERE)
    plaza.cog._tracker._engine.observers.append(observe)  # noqa: SLF001 - whoever asks the cog has it taken in
    a_moment_passes(plaza)
    before = sitting[-1].channel_id
    assert [channel_id for _session, channel_id in seen] == [before, before, THERE]
    assert len(dict(seen)) == len(sitting)


async def test_what_is_due_once_something_is_heard_is_so_by_the_last_of_it(plaza: FedBot) -> None:
    plaza.clock.passes(60)
    goes(plaza, ELSEWHERE[0], THERE)
    plaza.clock.passes(0.5)
    goes(plaza, ELSEWHERE[1], THERE)
    heard_at = plaza.cog.now()
    plaza.clock.passes(0.4)
    a_moment_passes(plaza)
    assert plaza.cog.sources.asked_at == heard_at


async def test_a_clock_that_is_set_back_puts_no_audit_off(plaza: FedBot) -> None:
    sources = plaza.cog.sources
    goes(plaza, ELSEWHERE[0], THERE)
    a_moment_passes(plaza)
    plaza.clock.passes(60)
    plaza.clock.is_set(-3600)
    goes(plaza, ELSEWHERE[1], THERE)
    heard_at = plaza.cog.now()
    with mock.patch.object(sources, "_begin_audit") as asked:
        a_moment_passes(plaza)
    assert asked.called
    assert sources.asked_at == heard_at


async def test_whoever_asks_for_what_is_over_misses_nobody_who_has_just_gone(
    tmp_path: Path,
) -> None:
    """Whoever asks for both, and for these first, else finds them in neither."""
    sitting = PEOPLE.in_voice[0]
    async with fed(tmp_path, PEOPLE, msgspec.structs.replace(QUIET, voice_grace=0)) as bot:
        bot.clock.passes(60)
        bot.clock.catches_up()
        session = voice_of(bot, sitting)
        assert session is not None
        goes(bot, sitting, None)
        over = {record.id for record in bot.cog.records_waiting()}
        assert session.id in over | {each.id for each in bot.cog.live_sessions()}


async def test_what_was_heard_of_whoever_opts_out_then_counts_as_it_did(plaza: FedBot) -> None:
    sitting = ELSEWHERE[0]
    plaza.clock.passes(60)
    plaza.clock.catches_up()
    session = voice_of(plaza, sitting)
    assert session is not None
    goes(plaza, sitting, THERE)
    plaza.clock.stands_still(0.5)
    await plaza.cog.privacy.opt_out(sitting.id)
    [record] = plaza.cog.ledger.history(HistoryFilter(user_id=sitting.id, kind="voice"))
    assert record.ended_at == plaza.cog.now()
    assert [stay.channel_id for stay in record.stays] == [sitting.channel_id, THERE]


async def test_the_tracker_is_woken_up_once_for_all_that_waits(plaza: FedBot) -> None:
    tracker = plaza.cog._tracker  # noqa: SLF001 - it is woken up
    tracker._wake_up.cancel()  # noqa: SLF001 - as above
    woken: list[float] = []

    def call_at(at: float, callback: object) -> mock.Mock:
        assert callback == tracker._advance  # noqa: SLF001 - it has what waits taken in
        woken.append(at)
        return mock.Mock()

    with (
        mock.patch.object(asyncio.get_running_loop(), "call_at", call_at),
        mock.patch.object(Storekeeper, "take"),
    ):
        goes(plaza, PEOPLE.in_voice[0], THERE)
        goes(plaza, PEOPLE.in_voice[1], THERE)
        assert len(woken) == 1
        tracker.catch_up()  # as whoever reaches it does
        goes(plaza, PEOPLE.in_voice[2], THERE)
        assert len(woken) == 1
        a_moment_passes(plaza)
        assert channel_until_now(plaza, PEOPLE.in_voice[2]) == THERE
        before = len(woken)
        goes(plaza, PEOPLE.in_voice[3], THERE)
    assert len(woken) == before + 1


async def test_no_wake_up_is_left_behind_by_a_deadline_that_was_due_with_news(
    plaza: FedBot,
) -> None:
    tracker = plaza.cog._tracker  # noqa: SLF001 - it is woken up
    leaver = PEOPLE.in_voice[0]
    goes(plaza, leaver, None)
    a_moment_passes(plaza)
    tracker._wake_up.cancel()  # noqa: SLF001 - as one that has come
    session = voice_of(plaza, leaver)
    assert session is not None
    assert session.deadline is not None
    plaza.clock.passes(plaza.cog.settings.voice_grace)
    goes(plaza, PEOPLE.in_voice[1], THERE)
    a_moment_passes(plaza)
    assert voice_of(plaza, leaver) is None
    assert tracker._wake_up.due > plaza.cog.now()  # noqa: SLF001 - as above


async def test_what_there_is_no_time_for_in_a_turn_is_done_in_the_next_and_waits_for_no_wake_up(
    plaza: FedBot,
) -> None:
    sitting = PEOPLE.in_voice
    with ends_of_many_graces(plaza, sitting):
        assert any(voice_of(plaza, person) for person in sitting)
        async with asyncio.timeout(PATIENCE):
            while any(voice_of(plaza, person) for person in sitting):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0)


async def test_news_waits_for_the_next_wake_up_where_a_later_one_is_awaited(plaza: FedBot) -> None:
    goes(plaza, PEOPLE.in_voice[0], None)
    a_moment_passes(plaza)
    tracker, loop = plaza.cog._tracker, asyncio.get_running_loop()  # noqa: SLF001 - as above
    end_of_grace = tracker._wake_up.at  # noqa: SLF001 - as above
    assert end_of_grace is not None
    assert end_of_grace > loop.time() + 2
    plays(plaza, PEOPLE.playing[0], None)
    for_news = tracker._wake_up.at  # noqa: SLF001 - as above
    assert for_news is not None
    assert for_news <= loop.time() + 1.1


async def test_so_it_does_where_news_before_it_was_taken_in_as_a_far_deadline_is_asked_for_again(
    plaza: FedBot,
) -> None:
    tracker, loop = plaza.cog._tracker, asyncio.get_running_loop()  # noqa: SLF001 - as above
    tracker._wake_up.cancel()  # noqa: SLF001 - as above
    tracker._wake_up.for_deadline(plaza.cog.now() + 24 * 3600 * SECOND, 0.0)  # noqa: SLF001 - as above
    goes(plaza, PEOPLE.in_voice[0], None)
    assert voice_of(plaza, PEOPLE.in_voice[0]) is not None  # it is taken in, for a grace
    plays(plaza, PEOPLE.playing[0], None)
    for_news = tracker._wake_up.at  # noqa: SLF001 - as above
    assert for_news is not None
    assert for_news <= loop.time() + 1.1


async def test_news_that_comes_meanwhile_puts_off_nothing_of_what_is_due(plaza: FedBot) -> None:
    """A busy guild would otherwise keep everybody who has left there, second after second."""
    sitting, newcomer = PEOPLE.in_voice, PEOPLE.idle[0]
    with ends_of_many_graces(plaza, sitting):
        assert any(channel_until_now(plaza, person) for person in sitting)
        goes(plaza, newcomer, HERE)
        for _person in sitting:
            await asyncio.sleep(0)
    assert not any(channel_until_now(plaza, person) for person in sitting)


async def test_news_deadlines_and_looks_at_the_clocks_wake_the_loop_up_together(
    plaza: FedBot,
) -> None:
    tracker = plaza.cog._tracker  # noqa: SLF001 - it is woken up
    goes(plaza, PEOPLE.in_voice[0], None)
    for_news = tracker._wake_up.at  # noqa: SLF001 - as above
    a_moment_passes(plaza)
    for_grace, for_clocks = tracker._wake_up.at, tracker.clock_watch._tick  # noqa: SLF001 - as above
    assert for_news is not None
    assert for_grace is not None
    assert for_clocks is not None
    now, grace = asyncio.get_running_loop().time(), plaza.cog.settings.voice_grace
    assert now - 0.001 <= for_news <= now + 1
    assert now + grace - 0.001 <= for_grace <= now + grace + 1
    for each in (for_grace, for_clocks.when()):
        assert (each - for_news + 0.5) % 1 == pytest.approx(0.5)


async def test_each_counts_when_it_was_heard(plaza: FedBot) -> None:
    first, second = PEOPLE.in_voice[:2]
    left_at = []
    for person in (first, second):
        plaza.clock.passes(0.02)
        left_at.append(plaza.cog.now())
        goes(plaza, person, None)
    plaza.clock.passes(0.02)
    a_moment_passes(plaza)
    sessions = [voice_of(plaza, person) for person in (first, second)]
    assert [each.absent_since for each in sessions if each is not None] == left_at


def _the_moment_is_over(bot: FedBot) -> None:
    a_moment_passes(bot)


def _somebody_looks_at_the_clocks(bot: FedBot) -> None:
    bot.cog._tracker.stalled_since()  # noqa: SLF001 - as any part of it may


def _nothing_else_happens(_bot: FedBot) -> None:
    """The next frame is what comes first."""


NOBODY = Population.of(1, guilds=1, idle_each=2)
"""All of them but one have no session from the start."""


def _all_go(bot: FedBot) -> None:
    """Let whoever has a session leave, and an hour pass."""
    for person in NOBODY.people:
        bot.hears(VOICE, payload(person.voice_update(None)))
        bot.hears(PRESENCE, payload(person.presence_update(None)))
    bot.clock.passes(3600)
    bot.clock.catches_up()


@pytest.mark.parametrize(
    "comes_first", [_the_moment_is_over, _somebody_looks_at_the_clocks, _nothing_else_happens]
)
async def test_a_standstill_while_the_first_news_of_a_bot_at_rest_waits_is_found(
    tmp_path: Path, comes_first: Callable[[FedBot], None]
) -> None:
    [guild], (first, second) = NOBODY.guilds, NOBODY.idle
    async with fed(tmp_path, NOBODY) as bot:
        _all_go(bot)
        clock_watch = bot.cog._tracker.clock_watch  # noqa: SLF001 - its timer waits for a real clock
        if clock_watch._tick is not None:  # noqa: SLF001 - as above
            clock_watch._on_tick()  # noqa: SLF001 - as above
        assert clock_watch._tick is None  # noqa: SLF001 - nobody has a session
        clock_watch.seen_to_run_by(bot.clock.monotonic() + 41)
        goes(bot, first, guild.channel_ids[0])
        bot.clock.stands_still(600)
        comes_first(bot)
        goes(bot, second, guild.channel_ids[0])
        came = [bot.cog.engine.voice_of(guild.id, each.id) for each in (first, second)]
        assert clock_watch.stalled_since is not None
    assert [bool(each.stretches) for each in came if each is not None] == [False, True]


async def test_what_is_told_of_a_call_right_behind_who_begins_it_agrees_at_once(
    plaza: FedBot,
) -> None:
    newcomer, empty = PEOPLE.idle[0], PLAZA.channel_ids[-1]
    for person in PEOPLE.in_voice:
        if person.channel_id == empty:
            plaza.hears(VOICE, payload(person.voice_update(None)))
    goes(plaza, newcomer, empty)
    sources = plaza.cog.sources
    sources.call_changed(CallUpdate(empty, PLAZA.id, round(plaza.cog.now() / SECOND)))
    assert channel_until_now(plaza, newcomer) is None  # it hurries nothing
    occupancy = sources.occupancy
    with mock.patch.object(occupancy, "people_in", wraps=occupancy.people_in) as asked:
        a_moment_passes(plaza)
    assert asked.call_count == 1
    assert not sources.contradictions.is_comparing


async def test_an_audit_that_was_asked_for_while_news_waited_takes_nobody_back(
    plaza: FedBot,
) -> None:
    """Who was taken in at once meanwhile was heard later than what waited."""
    mover, a_bot = ELSEWHERE[0], PEOPLE.idle[0]
    user = {**a_bot.member["user"], "bot": True}
    comes = payload(a_bot.voice_update(THERE))
    leaves = payload(a_bot.voice_update(None))
    for told in (comes, leaves):
        told["member"] = {**told["member"], "user": user}
    plaza.hears(VOICE, comes)
    states = VoiceStates()
    for person in (*PEOPLE.in_voice, a_bot):
        states.add(person.id, person.channel_id or THERE, f"{person.id:032x}", details_of(comes))
    plaza.clock.passes(0.01)
    goes(plaza, mover, THERE)
    plaza.clock.passes(0.01)
    asked_at = plaza.cog.now()
    plaza.clock.passes(0.01)
    plaza.reads(VOICE, leaves)
    a_moment_passes(plaza)
    plaza.cog.sources.occupancy.replace(PLAZA.id, states, asked_at)
    held = plaza.cog.sources.occupancy._states[PLAZA.id]  # noqa: SLF001 - by person
    assert held.find(a_bot.id) is None


async def test_whoever_leaves_voice_keeps_their_name_where_discord_py_forgets_them_then(
    tmp_path: Path,
) -> None:
    """Without the members intent it holds only who is in voice."""
    async with fed(tmp_path, PEOPLE) as bot:
        intake, sits = bot.cog._intake, PEOPLE.in_voice[0]  # noqa: SLF001 - it goes by the intents
        intake._only_in_voice_is_known = True  # noqa: SLF001 - as above
        bot.reads(PRESENCE, payload(sits.presence_update("Tetris")))
        goes(bot, sits, None)
        engine = bot.cog._tracker._engine  # noqa: SLF001 - whoever asks the cog has it taken in
        [game] = [each for each in engine.sessions_of(PLAZA.id, sits.id) if each.kind == "game"]
    assert game.username == f"Persona {PEOPLE.people.index(sits)}"


async def test_no_watch_runs_ahead_of_what_was_heard_until_then(plaza: FedBot) -> None:
    """Else a kill would leave somebody there, watched until after they left."""
    sitting = PEOPLE.in_voice[0]
    plaza.clock.passes(60)
    goes(plaza, sitting, None)
    plaza.cog._watch_now(PLAZA.id)  # noqa: SLF001 - as the storekeeper does before it writes
    session = plaza.cog._tracker._engine.voice_of(PLAZA.id, sitting.id)  # noqa: SLF001 - whoever asks the cog has it taken in
    assert session is not None
    assert session.absent_since == plaza.cog.now()


async def test_who_merely_goes_on_does_so_at_the_instant_at_which_that_was_heard(
    plaza: FedBot,
) -> None:
    mutes, plays_on, leaves = PEOPLE.in_voice[0], PEOPLE.playing[1], PEOPLE.in_voice[2]
    sessions = plaza.cog.engine.sessions_of(PLAZA.id, plays_on.id)
    [game] = [each for each in sessions if each.kind == "game"]
    voice = voice_of(plaza, mutes)
    assert voice is not None
    plaza.clock.passes(1)
    goes(plaza, leaves, None)
    plaza.reads(VOICE, payload(mutes.voice_update(mutes.channel_id, muted=True)))
    plaza.reads(PRESENCE, payload(plays_on.presence_update(plays_on.game, details="2-1")))
    heard_at = plaza.cog._tracker.clocks.last_wall  # noqa: SLF001 - whoever asks the cog has it taken in
    assert max(voice.last_seen, game.last_seen) < heard_at
    plaza.clock.stands_still(0.5)
    a_moment_passes(plaza)
    assert voice.last_seen == game.last_seen == heard_at


async def test_where_nobody_has_a_session_nothing_waits_and_nothing_wakes_up(
    tmp_path: Path,
) -> None:
    first, second = NOBODY.idle
    channel_id = NOBODY.guilds[0].channel_ids[0]
    async with fed(tmp_path, NOBODY) as bot:
        _all_go(bot)
        tracker, news = bot.cog._tracker, bot.cog._intake.news  # noqa: SLF001 - whoever asks the cog has it taken in
        bot.reads(PRESENCE, payload(first.presence_update(None, status="idle")))
        bot.reads(VOICE, payload(first.voice_update(None)))
        assert not news.waiting
        assert tracker._wake_up.at is None  # noqa: SLF001 - as above
        goes(bot, first, channel_id)
        assert not news.waiting
        assert tracker._engine.registry.count == 1  # noqa: SLF001 - as above
        goes(bot, second, channel_id)
        assert news.waiting


async def test_who_comes_back_while_their_leave_waits_has_come_back(plaza: FedBot) -> None:
    sitting = PEOPLE.in_voice[0]
    goes(plaza, sitting, None)
    plaza.reads(VOICE, payload(sitting.voice_update(sitting.channel_id, muted=True)))
    session = voice_of(plaza, sitting)
    assert session is not None
    assert session.absent_since is None


async def test_what_people_write_meanwhile_hurries_nothing(plaza: FedBot) -> None:
    sitting = PEOPLE.in_voice[:3]
    for person in sitting:
        goes(plaza, person, THERE)
        for event, (data, _dispatched) in talk(PLAZA, person).items():
            plaza.reads(event, data)
    held = [channel_until_now(plaza, person) for person in sitting]
    assert held == [person.channel_id for person in sitting]
    a_moment_passes(plaza)
    assert {channel_until_now(plaza, person) for person in sitting} == {THERE}


async def test_a_burst_that_goes_on_is_taken_in_as_it_comes(plaza: FedBot) -> None:
    movers = [*ELSEWHERE, *PEOPLE.idle][:MOST]
    assert len(movers) == MOST
    for person in movers:
        assert channel_until_now(plaza, movers[0]) != THERE
        goes(plaza, person, THERE)
    assert {channel_until_now(plaza, person) for person in movers} == {THERE}


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("CHANNEL_DELETE", {"id": str(THERE), "guild_id": str(PLAZA.id), "type": 2}),
        ("GUILD_DELETE", {"id": str(PLAZA.id)}),
    ],
)
async def test_what_befalls_a_guild_comes_after_the_news_that_came_before_it(
    plaza: FedBot, event: str, text: dict[str, Any]
) -> None:
    newcomer = PEOPLE.idle[0]
    goes(plaza, newcomer, THERE)
    plaza.reads(event, text)
    await plaza.cog._tracker.finish()  # noqa: SLF001 - it says when all is done
    assert voice_of(plaza, newcomer) is None
    assert not plaza.cog.sources.occupancy.people_in(PLAZA.id, THERE)


async def test_who_is_found_to_be_gone_by_a_guild_was_there_before_it(plaza: FedBot) -> None:
    newcomer = PEOPLE.idle[0]
    goes(plaza, newcomer, THERE)
    plaza.hears("GUILD_CREATE", payload(PLAZA.text()))
    await plaza.cog._tracker.finish()  # noqa: SLF001 - it says when all is done
    assert voice_of(plaza, newcomer) is None


async def _lose_watch(bot: FedBot) -> None:
    lost = WatchLost(guild_ids=(PLAZA.id,), since=bot.cog.now())
    bot.cog._tracker.observe(lost)  # noqa: SLF001 - as any part of it may


async def _come_due(bot: FedBot) -> None:
    bot.cog._tracker._advance()  # noqa: SLF001 - as its timer does


async def _be_cut(bot: FedBot) -> None:
    connections = bot.cog._connections  # noqa: SLF001 - as on_disconnect does
    with mock.patch.object(connections._frames, "at", return_value=bot.cog.now() - SECOND):  # noqa: SLF001 - an old frame
        connections.is_cut(None)


async def _look(bot: FedBot) -> None:
    knows_nothing = GuildReport(guild_id=PLAZA.id, source="rest", at=bot.cog.now())
    await bot.cog._tracker.looks.begin(knows_nothing)  # noqa: SLF001 - as a check does


async def _go_on(bot: FedBot) -> None:
    looks = bot.cog._tracker.looks  # noqa: SLF001 - as its turns do
    knows_nothing = GuildReport(guild_id=PLAZA.id, source="rest", at=bot.cog.now())
    looks._take_turn(bot.cog.engine.begin(knows_nothing), Counter())  # noqa: SLF001 - as above


async def _sweep(bot: FedBot) -> None:
    bot.cog._tracker._sweep()  # noqa: SLF001 - as its turns do


async def _finish(bot: FedBot) -> None:
    await bot.cog._tracker.finish()  # noqa: SLF001 - as whoever waits for it does


async def _stop(bot: FedBot) -> None:
    bot.cog._tracker.stop()  # noqa: SLF001 - as an unload does


@pytest.mark.parametrize(
    "something_else", [_lose_watch, _come_due, _be_cut, _look, _go_on, _sweep, _finish, _stop]
)
async def test_whatever_else_happens_news_that_came_before_is_taken_in_first(
    plaza: FedBot, something_else: Callable[[FedBot], Awaitable[None]]
) -> None:
    newcomer = PEOPLE.idle[0]
    goes(plaza, newcomer, THERE)
    await something_else(plaza)
    came = voice_of(plaza, newcomer)
    assert came is not None
    assert came.started_at == plaza.cog.now()
    assert not came.stretches  # it was heard, by a connection that stood


@pytest.fixture
def looks() -> Iterator[list[object]]:
    """What contradictions demand."""
    demanded: list[object] = []

    def look(_self: Contradictions, guild_id: int, *, deep: bool) -> None:
        demanded.append((guild_id, deep))

    with mock.patch.object(Contradictions, "_look", look):
        yield demanded


async def test_whoever_begins_a_call_is_found_in_it(plaza: FedBot, looks: list[object]) -> None:
    newcomer, empty = PEOPLE.idle[0], PLAZA.channel_ids[-1]
    for person in PEOPLE.in_voice:
        if person.channel_id == empty:
            plaza.hears(VOICE, payload(person.voice_update(None)))
    assert not plaza.cog.sources.occupancy.people_in(PLAZA.id, empty)
    contradictions = plaza.cog.sources.contradictions
    call = CallUpdate(empty, PLAZA.id, round(plaza.cog.now() / SECOND))
    contradictions.call_changed(call)
    goes(plaza, newcomer, empty)
    contradictions._compare(call)  # noqa: SLF001 - as its timer does
    assert looks == []


async def test_what_an_audit_has_seen_as_well_contradicts_nothing(
    plaza: FedBot, looks: list[object]
) -> None:
    newcomer, at = PEOPLE.idle[0], plaza.cog.now() + SECOND
    comes = payload(newcomer.voice_update(THERE))
    states = VoiceStates()
    for person in (*PEOPLE.in_voice, newcomer):
        states.add(person.id, person.channel_id or THERE, f"{person.id:032x}", details_of(comes))
    plaza.clock.passes(2)
    plaza.reads(VOICE, comes)
    audited = GuildReport(guild_id=PLAZA.id, source="audit", at=at, asked_at=at)
    await plaza.cog.sources._audited(audited, states)  # noqa: SLF001 - as an audit does
    assert looks == []


async def _is_answered(verdicts: Verdicts, report: GuildReport) -> None:
    with mock.patch.object(ChannelInfo, "calls_of", return_value={}):
        await verdicts._ask(report, Counter())  # noqa: SLF001 - as its task does


async def _is_closed(verdicts: Verdicts, _report: GuildReport) -> None:
    verdicts.close()


@pytest.mark.parametrize("ends", [_is_answered, _is_closed])
async def test_who_leaves_while_a_verdict_waits_was_there_until_then(
    plaza: FedBot, ends: Callable[[Verdicts, GuildReport], Awaitable[None]]
) -> None:
    found, at = PEOPLE.idle[0], plaza.cog.now()
    sits = VoiceObserved(
        guild_id=PLAZA.id,
        user_id=found.id,
        username="Ana",
        channel=Channel(THERE, "Sala"),
        joined=False,
    )
    report = GuildReport(guild_id=PLAZA.id, source="audit", at=at, voice={found.id: sits})
    verdicts = plaza.cog.sources._verdicts  # noqa: SLF001 - as its own look leaves it
    loop = asyncio.get_running_loop()
    asking = loop.create_task(asyncio.sleep(60))
    verdicts.held[PLAZA.id] = Held(report, {found.id}, asking, loop.create_future(), 0)
    plaza.clock.passes(2)
    goes(plaza, found, None)
    await ends(verdicts, report)
    await plaza.cog._tracker.finish()  # noqa: SLF001 - it says when all is done
    session = voice_of(plaza, found)
    assert session is not None
    assert session.absent_since == plaza.cog.now()


async def test_who_stops_right_behind_a_guild_that_is_told_anew_is_not_found_again(
    tmp_path: Path,
) -> None:
    """A verdict that has waited for the calls is given of everybody, though most had theirs."""
    player, mutes, at_once = PEOPLE.playing[0], PEOPLE.in_voice[0], 10 / SECOND
    graceless = msgspec.structs.replace(QUIET, game_grace=0)
    async with fed(tmp_path, PEOPLE, graceless) as bot:
        [session] = bot.cog.engine.sessions_of(PLAZA.id, player.id)
        assert isinstance(session, GameSession)
        played = ActivitySeen(session.game_name, session.app_id)
        bot.reads(VOICE, payload(mutes.voice_update(mutes.channel_id, muted=True)))
        verdicts = bot.cog.sources._verdicts  # noqa: SLF001 - they are told when it was
        with mock.patch.object(verdicts, "give", wraps=verdicts.give) as given:
            bot.clock.stands_still(at_once)
            bot.reads("GUILD_CREATE", payload(PLAZA.text()))
        bot.clock.stands_still(at_once)
        plays(bot, player, None)
        a_moment_passes(bot)
        await bot.cog._tracker.finish()  # noqa: SLF001 - it says when all is done
        seen = PresenceObserved(
            guild_id=PLAZA.id, user_id=player.id, username="Ana", activities=(played,)
        )
        report = GuildReport(
            guild_id=PLAZA.id,
            source="guild_create",
            at=given.call_args.args[0].at,
            games={player.id: seen},
        )
        await bot.cog._tracker.looks.begin(report)  # noqa: SLF001 - as the verdict does
        assert session.is_over
        assert bot.cog.engine.sessions_of(PLAZA.id, player.id) == []


async def test_a_cog_that_is_removed_has_taken_in_all_that_came(tmp_path: Path) -> None:
    async with fed(tmp_path, PEOPLE) as bot:
        sitting = PEOPLE.in_voice[0]
        bot.clock.passes(60)
        bot.clock.catches_up()
        left_at = bot.cog.now()
        goes(bot, sitting, None)
        session = voice_of(bot, sitting)
        assert session is not None
        wake_up = bot.cog._tracker._wake_up  # noqa: SLF001 - it is set for a moment from now
        assert wake_up.at is not None
        await bot.bot.remove_cog(bot.cog.qualified_name)
        assert session.absent_since == left_at
        assert wake_up.at is None


async def test_one_that_is_odd_is_said_and_harms_none_of_the_others(
    plaza: FedBot, caplog: pytest.LogCaptureFixture
) -> None:
    first, last = PEOPLE.in_voice[:2]
    goes(plaza, first, THERE)
    odd = {**payload(PEOPLE.in_voice[2].voice_update(THERE)), "self_mute": "perhaps"}
    plaza.cog._intake.voice_state(odd)  # noqa: SLF001 - discord.py might refuse it
    goes(plaza, last, THERE)
    a_moment_passes(plaza)
    assert [channel_of(plaza, person) for person in (first, last)] == [THERE, THERE]
    assert "VOICE_STATE_UPDATE" in caplog.text


async def test_a_listener_of_the_bots_own_finds_what_it_was_told_of(plaza: FedBot) -> None:
    newcomer, idler = PEOPLE.idle[:2]
    found: list[object] = []

    async def on_voice_state_update(member: discord.Member, *_states: object) -> None:
        found.append(plaza.cog.engine.voice_of(PLAZA.id, member.id))

    async def on_presence_update(_before: object, after: discord.Member) -> None:
        found.append(plaza.cog.engine.sessions_of(PLAZA.id, after.id) or None)

    plaza.bot.add_listener(on_voice_state_update)
    plaza.bot.add_listener(on_presence_update)
    muted = PEOPLE.in_voice[0].voice_update(THERE, muted=True)
    await plaza.bot.reads(
        [idler.presence_update("Tetris"), newcomer.voice_update(THERE), muted, muted]
    )
    for _turn in range(3):
        await asyncio.sleep(0)
    assert len(found) == 4
    assert None not in found


async def test_it_counts_from_when_it_was_heard_however_late_it_is_taken_in(plaza: FedBot) -> None:
    sitting = PEOPLE.in_voice[0]
    plaza.clock.passes(60)
    left_at = plaza.cog.now()
    goes(plaza, sitting, None)
    plaza.clock.passes(3)  # somebody's code holds the loop
    a_moment_passes(plaza)
    session = voice_of(plaza, sitting)
    assert session is not None
    assert session.absent_since == left_at


async def test_a_clock_that_is_set_meanwhile_is_set_after_it(plaza: FedBot) -> None:
    sitting = PEOPLE.in_voice[0]
    goes(plaza, sitting, HERE)
    a_moment_passes(plaza)
    plaza.clock.passes(60)
    left_at = plaza.cog.now()
    goes(plaza, sitting, None)
    plaza.clock.is_set(by=3600)
    plaza.cog._tracker.stalled_since()  # noqa: SLF001 - as a look at the clocks finds it
    session = voice_of(plaza, sitting)
    assert session is not None
    assert session.absent_since == left_at + 3600 * SECOND


async def test_whoever_has_another_name_by_now_is_called_by_it(plaza: FedBot) -> None:
    player = PEOPLE.playing[0]
    renamed = {**player.member["user"], "global_name": "Nueva"}
    plaza.reads(PRESENCE, {**payload(player.presence_update(player.game)), "user": renamed})
    [session] = [
        each for each in plaza.cog.engine.sessions_of(PLAZA.id, player.id) if each.kind == "game"
    ]
    assert session.username == "Nueva"


async def test_it_means_what_it_meant_before_the_event_behind_it(plaza: FedBot) -> None:
    newcomer, renamed = PEOPLE.idle[0], payload(PLAZA.text())
    goes(plaza, newcomer, THERE)
    [channel] = [each for each in renamed["channels"] if each["id"] == str(THERE)]
    before = channel["name"]
    plaza.reads("CHANNEL_UPDATE", {**channel, "guild_id": str(PLAZA.id), "name": "Otra"})
    session = voice_of(plaza, newcomer)
    assert session is not None
    assert session.channel_name == before


async def test_whoever_sat_in_what_becomes_the_afk_channel_leaves_it_then(plaza: FedBot) -> None:
    sitting = PEOPLE.in_voice[0]
    goes(plaza, sitting, HERE)
    a_moment_passes(plaza)
    goes(plaza, sitting, THERE)
    plaza.reads("GUILD_UPDATE", {**payload(PLAZA.text()), "afk_channel_id": str(THERE)})
    await plaza.cog._tracker.finish()  # noqa: SLF001 - it says when all is done
    session = voice_of(plaza, sitting)
    assert session is not None
    assert session.channel_id == THERE
    assert session.absent_since is not None


class _Failing(Witness):
    """Fails at the first step that asks for something."""

    def saw_effects(self, effects: Sequence[Effect]) -> None:
        super().saw_effects(effects)
        if len(self.steps) == 1:
            msg = "it was told not to"
            raise RuntimeError(msg)


async def test_where_what_follows_fails_the_event_behind_is_heard_and_all_else_goes_on(
    plaza: FedBot, caplog: pytest.LogCaptureFixture
) -> None:
    mover, witness = PEOPLE.in_voice[0], _Failing()
    goes(plaza, mover, HERE)
    a_moment_passes(plaza)
    plaza.cog.observers.append(witness)
    goes(plaza, mover, THERE)
    plaza.reads("CHANNEL_DELETE", {"id": str(THERE), "guild_id": str(PLAZA.id), "type": 2})
    await plaza.cog._tracker.finish()  # noqa: SLF001 - it says when all is done
    assert len(witness.steps) > 1
    assert voice_of(plaza, mover) is None
    assert "it was told not to" in caplog.text


async def test_what_fails_of_news_is_said_and_raised_to_nobody(
    plaza: FedBot, caplog: pytest.LogCaptureFixture
) -> None:
    newcomer = PEOPLE.idle[0]
    goes(plaza, newcomer, THERE)
    with mock.patch.object(Tracker, "together", side_effect=RuntimeError("a fault of ours")):
        plaza.reads("CHANNEL_DELETE", {"id": str(HERE), "guild_id": str(PLAZA.id), "type": 2})
    await plaza.cog._tracker.finish()  # noqa: SLF001 - it says when all is done
    assert "a fault of ours" in caplog.text
    assert not plaza.cog.sources.occupancy.people_in(PLAZA.id, HERE)


@pytest.mark.parametrize("goes_off", ["the moment is over", "a deadline comes"])
async def test_a_deadline_is_waited_for_though_what_followed_failed(
    plaza: FedBot, goes_off: str
) -> None:
    leaver = PEOPLE.in_voice[0]
    tracker = plaza.cog._tracker  # noqa: SLF001 - its timer waits for a real clock
    tracker._wake_up.cancel()  # noqa: SLF001 - as above
    goes(plaza, leaver, None)
    with mock.patch.object(Storekeeper, "take", side_effect=RuntimeError("a fault of ours")):
        if goes_off == "the moment is over":
            a_moment_passes(plaza)
        else:
            tracker._advance()  # noqa: SLF001 - as its timer does
    session = voice_of(plaza, leaver)
    assert session is not None
    assert session.deadline is not None
    assert tracker._wake_up.at is not None  # noqa: SLF001 - as above
    assert tracker._wake_up.due <= session.deadline.at  # noqa: SLF001 - as above


async def test_an_observer_that_fails_takes_nothing_from_the_others(plaza: FedBot) -> None:
    mover, other = PEOPLE.in_voice[0], Witness()
    goes(plaza, mover, HERE)
    a_moment_passes(plaza)
    plaza.cog.observers.extend([_Failing(), other])
    goes(plaza, mover, THERE)
    a_moment_passes(plaza)
    assert other.steps


async def test_there_is_one_timer_whoever_sets_it(plaza: FedBot) -> None:
    tracker = plaza.cog._tracker  # noqa: SLF001 - its timer waits for a real clock
    timers: list[mock.Mock] = []

    def call_at(_at: float, callback: object) -> mock.Mock:
        timers.append(mock.Mock(callback=callback))
        return timers[-1]

    tracker._wake_up.cancel()  # noqa: SLF001 - as above
    goes(plaza, PEOPLE.in_voice[0], None)
    with mock.patch.object(asyncio.get_running_loop(), "call_at", call_at):
        tracker._advance()  # noqa: SLF001 - as a timer that goes off too early
        tracker.stop()
    set_anew = [each for each in timers if each.callback == tracker._advance]  # noqa: SLF001 - as above
    assert set_anew
    assert all(each.cancel.called for each in set_anew)


async def test_what_is_to_be_kept_is_kept_though_somebody_who_watches_fails(
    plaza: FedBot, tmp_path: Path
) -> None:
    sitting = PEOPLE.in_voice[0]
    plaza.cog.observers.append(_Failing())
    goes(plaza, sitting, THERE if sitting.channel_id == HERE else HERE)
    a_moment_passes(plaza)
    await written(plaza.cog)
    moved = voice_of(plaza, sitting)
    assert moved is not None
    [kept] = [each for each in read_live(tmp_path).state.sessions if each.id == moved.id]
    assert isinstance(kept, VoiceSession)
    assert kept.channel_id == moved.channel_id


async def test_where_nobody_has_looked_since_a_gap_it_counts_where_somebody_was(
    plaza: FedBot,
) -> None:
    """discord.py's cache says so until it has read the event, and is asked before."""
    sitting = PEOPLE.in_voice[0]
    plaza.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
    plaza.hears("GUILD_MEMBER_REMOVE", {"guild_id": str(PLAZA.id), "user": sitting.member["user"]})
    plaza.clock.passes(600)
    plaza.clock.catches_up()
    with mock.patch("integrations.gateway.intake._cached_channel", return_value=HERE) as asked:
        goes(plaza, sitting, THERE)
        assert asked.call_count == 1


def _evening(seed: int) -> list[tuple[str, dict[str, Any]]]:
    """Return what a few people do, of whom some do several things in one burst, and to a guild."""
    chance = random.Random(seed)  # noqa: S311 - it is no secret
    few = [*PEOPLE.in_voice[:3], *PEOPLE.playing[:3], *PEOPLE.idle[:2]]
    return [_deed(chance, chance.choice(few)) for _event in range(80)]


def _deed(chance: random.Random, person: Person) -> tuple[str, dict[str, Any]]:
    of_guild, user = {"guild_id": str(PLAZA.id)}, person.member["user"]
    what = chance.random()
    if what < 0.15:
        event, (data, _dispatched) = chance.choice([*talk(PLAZA, person).items()])
        return event, data
    if what < 0.5:
        where = chance.choice([HERE, THERE, None])
        return VOICE, payload(person.voice_update(where, muted=chance.random() < 0.5))
    if what < 0.85:
        return PRESENCE, payload(person.presence_update(chance.choice(["Tetris", "Snake", None])))
    if what < 0.88:
        return "GUILD_MEMBER_REMOVE", {**of_guild, "user": user}
    if what < 0.91:
        return "CHANNEL_DELETE", {**of_guild, "id": str(chance.choice([HERE, THERE])), "type": 2}
    if what < 0.94:
        return "GUILD_CREATE", payload(PLAZA.text())
    if what < 0.97:
        afk = chance.choice([str(HERE), str(THERE), None])
        return "GUILD_UPDATE", {**payload(PLAZA.text()), "afk_channel_id": afk}
    return "GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True}


@mock.patch("integrations.turns._TURN", 60.0)  # however slow the machine is
@pytest.mark.parametrize("seed", range(10))
async def test_in_bursts_or_one_by_one_the_same_comes_of_it(tmp_path: Path, seed: int) -> None:
    announcing = msgspec.structs.replace(QUIET, announce_after=0, confirm_after=0)
    came_of: list[tuple[list[str], list[str]]] = []
    for one_by_one in (True, False):
        async with fed(tmp_path / str(one_by_one), PEOPLE, announcing) as bot:
            witness, chance = Witness(), random.Random(seed)  # noqa: S311 - as above
            bot.cog.observers.append(witness)
            tracker = bot.cog._tracker  # noqa: SLF001 - it says when all is done
            for event, data in _evening(seed):
                bot.reads(event, data)
                if one_by_one:
                    tracker.catch_up()
                bot.clock.passes(0.002 + chance.random() / 100)  # no two within one instant
                if chance.random() < 0.2:
                    await tracker.finish()
                    bot.clock.passes(20)
                    bot.clock.catches_up()
            await tracker.finish()
            effects = [each for step in witness.steps for each in step]
            asked = [_asked(each) for each in effects if isinstance(each, RecordEnded | NoticeDue)]
            came_of.append((_by_id(bot.sessions()), _by_id(asked)))
    assert came_of[0] == came_of[1]
    assert came_of[0][0]
    assert came_of[0][1]


def _by_id(told: list[str]) -> list[str]:
    """Return the same with everybody called by their id.

    discord.py may come to know what somebody is called while news of them waits.
    """
    number = PEOPLE.people[0].id
    return [
        re.sub(r"Persona (\d+)", lambda name: str(number + int(name[1])), each) for each in told
    ]


def _asked(effect: RecordEnded | NoticeDue) -> str:
    """Return what is asked for, without the ids, which are never the same twice."""
    told = without_ids(msgspec.to_builtins(effect))
    return f"{type(effect).__name__} {told}"

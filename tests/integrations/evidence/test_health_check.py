"""The health check drives, isolates errors, and comes again."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, cast

import pytest

from engine import GuildReport, SessionEngine, Settings
from integrations.evidence.health_check import HealthCheck
from integrations.tracker import Tracker
from machines import LiveState
from tests.integrations.keeping.test_storekeeper import until
from tests.integrations.sessions import AGU, GUILD, OTHER_GUILD, PINO, game_session, voice_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    import discord

    from engine import LiveReport
    from integrations.evidence.live_guild import LiveGuilds
    from integrations.evidence.look_ups import Budget
    from machines import AnySession, Effect, Instant, Kind


class Guilds:
    """Says of each guild what it was told to: a report, None, or an error."""

    def __init__(self) -> None:
        self.says: dict[int, Callable[[], LiveReport | None]] = {}
        self.asked: list[int] = []
        self.budgets: list[Budget] = []
        self.unavailable: set[int] = set()

    async def look(
        self,
        guild_id: int,
        _sessions: Iterable[AnySession],
        budget: Budget,
        *,
        seen_since: Instant | None = None,
    ) -> LiveReport | None:
        assert seen_since is not None
        self.asked.append(guild_id)
        self.budgets.append(budget)
        return self.says.get(guild_id, lambda: None)()

    def speaks_of(self, guild_id: int) -> bool:
        return guild_id not in self.unavailable


class Bot:
    """A bot that is ready when it is told so.

    Attributes:
        ready: it is.
        begins_late: how often it is asked before it has begun to log in.
    """

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.ready.set()
        self.begins_late = 0

    async def wait_until_ready(self) -> None:
        if self.begins_late:
            self.begins_late -= 1
            msg = "Client has not been properly initialised."  # as discord.py says
            raise RuntimeError(msg)
        await self.ready.wait()


class Checked:
    """A health check, and everything around it."""

    def __init__(self, health_check_every: float = 0.01) -> None:
        self.settings = Settings(
            health_check_every=health_check_every, deep_check_budget=7, event_delay=0.01
        )
        self.engine = SessionEngine(self.settings)
        self.effects: list[Effect] = []
        self.tracker = Tracker(self.engine, self._take)
        self.guilds = Guilds()
        self.bot = Bot()
        self.finished = 0
        self.check = HealthCheck(
            cast("discord.Client", self.bot),
            self.tracker,
            cast("LiveGuilds", self.guilds),
            self.settings,
            self._finish,
        )

    def holds(self, *sessions: AnySession) -> None:
        self.tracker.restore(LiveState(sessions=list(sessions)))
        self.check.keep_in_step()

    def nobody_in(self, guild_id: int) -> Callable[[], LiveReport]:
        return lambda: GuildReport(
            guild_id=guild_id,
            source="rest",
            at=self.tracker.now(),
            looked_voice=frozenset({PINO, AGU}),
            looked_games=frozenset({PINO, AGU}),
        )

    def _take(self, effects: list[Effect]) -> None:
        self.effects += effects
        if hasattr(self, "check"):
            self.check.keep_in_step()

    def _finish(self) -> None:
        self.finished += 1


@pytest.fixture
async def checked(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Checked]:
    caplog.set_level(logging.INFO, "latido")
    made = Checked()
    yield made
    made.check.stop()
    made.tracker.stop()


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def is_on(checked: Checked) -> bool:
    return checked.check.is_on


async def test_it_is_on_while_there_are_sessions(
    checked: Checked, caplog: pytest.LogCaptureFixture
) -> None:
    checked.check.keep_in_step()
    assert not is_on(checked)
    checked.holds(voice_session())
    assert is_on(checked)
    checked.check.keep_in_step()
    checked.guilds.says[GUILD] = checked.nobody_in(GUILD)
    await until(lambda: not is_on(checked))
    await until(lambda: checked.finished)
    assert lines(caplog) == [
        "🏥 Health check activado (hay sesiones activas)",
        "🏥 Iniciando health check de sesiones...",
        "🔧 Health check completado: 1 voice, 0 games, 0 parties arregladas",
        "🏥 Health check desactivado (no hay sesiones activas)",
    ]


async def test_it_waits_for_a_bot_that_has_not_begun_to_log_in_and_is_not_begun_again(
    checked: Checked, caplog: pytest.LogCaptureFixture
) -> None:
    checked.bot.begins_late = 3
    checked.holds(voice_session())
    for _step in range(3):  # each is a reason to have a check that has failed begin again
        await asyncio.sleep(0)
        checked.check.keep_in_step()
    await until(lambda: checked.finished)
    assert not checked.check.has_failed
    assert lines(caplog).count("🏥 Health check activado (hay sesiones activas)") == 1


async def test_it_begins_when_the_bot_is_ready_and_comes_again_and_again(
    checked: Checked,
) -> None:
    checked.bot.ready.clear()
    checked.holds(voice_session())
    await asyncio.sleep(0.05)  # several times the time between two checks
    assert checked.guilds.asked == []
    checked.bot.ready.set()
    await until(lambda: checked.finished >= 3)
    assert set(checked.guilds.asked) == {GUILD}


async def test_an_error_in_one_guild_stops_neither_the_others_nor_the_next_check(
    checked: Checked, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> LiveReport:
        raise RuntimeError("boom")

    checked.guilds.says = {GUILD: broken, OTHER_GUILD: checked.nobody_in(OTHER_GUILD)}
    checked.holds(
        voice_session(), game_session(AGU, guild_id=OTHER_GUILD), game_session(guild_id=OTHER_GUILD)
    )
    repaired = await checked.check.check()

    assert repaired == {"game": 2}
    assert "❌ Error en health check: RuntimeError: boom" in lines(caplog)
    assert "🔧 Health check completado: 0 voice, 2 games, 0 parties arregladas" in lines(caplog)
    # On a busy machine a check of its own may have come by now.
    assert checked.check.figures.exceptions == checked.guilds.asked.count(GUILD) > 0
    asked = len(checked.guilds.asked)
    await until(lambda: len(checked.guilds.asked) > asked)


async def test_an_error_at_the_end_of_a_check_does_not_stop_the_next(
    checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        checked.finished += 1
        raise OSError("full")

    monkeypatch.setattr(checked.check, "_after_check", broken)
    checked.holds(voice_session())
    await until(lambda: checked.finished >= 2)
    assert checked.check.figures.exceptions >= 1


async def test_a_guild_that_says_nothing_leaves_its_sessions_as_they_are(
    checked: Checked, caplog: pytest.LogCaptureFixture
) -> None:
    session = voice_session()
    checked.holds(session, game_session())
    repaired = await checked.check.check()
    assert not repaired
    assert session.state == "confirmed"
    assert lines(caplog)[-2:] == [
        "🏥 Discord no puede decir nada de 2 sesiones: siguen como están",
        "🏥 Health check completado: nada que arreglar, pero 2 sesiones quedaron sin respuesta",
    ]


async def test_whom_the_audit_of_a_check_has_seen_is_no_question_left_open(
    checked: Checked, caplog: pytest.LogCaptureFixture
) -> None:
    session = voice_session()
    checked.holds(session, game_session(AGU))

    async def audit(_limit: float) -> Counter[Kind]:
        at = checked.tracker.now()
        session.seen_at(at)
        checked.guilds.says[GUILD] = lambda: GuildReport(guild_id=GUILD, source="cache", at=at)
        return Counter()

    checked.check.audit = audit
    await checked.check.check()
    assert checked.check.figures.unknown == 1  # the game's player was not seen
    assert "no puede decir nada de 1 sesión" in lines(caplog)[-2]


async def test_all_guilds_of_a_check_share_one_budget(checked: Checked) -> None:
    checked.holds(voice_session(), voice_session(AGU, guild_id=OTHER_GUILD))
    await checked.check.check()
    assert sorted(checked.guilds.asked) == [GUILD, OTHER_GUILD]
    assert checked.guilds.budgets[0] is checked.guilds.budgets[1]
    assert checked.guilds.budgets[0].left == 7


async def test_a_check_that_was_stopped_does_not_go_on(checked: Checked) -> None:
    checked.holds(voice_session())
    await until(lambda: checked.finished)
    checked.check.stop()
    asked = len(checked.guilds.asked)
    await asyncio.sleep(0.05)  # several times the time between two checks
    assert len(checked.guilds.asked) == asked
    assert not is_on(checked)


async def test_after_a_sleep_the_check_comes_soon() -> None:
    made = Checked(health_check_every=3600)
    made.holds(voice_session())
    try:
        await asyncio.sleep(0.01)  # the check waits for its hour
        made.check.soon()
        await until(lambda: made.finished)
    finally:
        made.check.stop()
        made.tracker.stop()


async def test_what_was_asked_of_a_guild_that_is_gone_meanwhile_is_of_no_use(
    checked: Checked,
) -> None:
    """Nothing that follows would be heard: a look must not end the gap."""

    def breaks_down() -> LiveReport:
        checked.guilds.unavailable.add(GUILD)
        return checked.nobody_in(GUILD)()

    checked.guilds.says[GUILD] = breaks_down
    session = voice_session()
    checked.holds(session)
    assert not await checked.check.check()
    assert session.state == "confirmed"


async def test_what_was_asked_before_the_clock_was_set_repairs_nothing(checked: Checked) -> None:
    checked.holds(voice_session())

    def nobody_and_sets_the_clock() -> LiveReport:
        checked.tracker.clock_watch.set_by -= 5  # as when it finds that it was
        return checked.nobody_in(GUILD)()

    checked.guilds.says[GUILD] = nobody_and_sets_the_clock
    assert await checked.check.check() == {}
    checked.guilds.says[GUILD] = checked.nobody_in(GUILD)
    assert await checked.check.check() == {"voice": 1}

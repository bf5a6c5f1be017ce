"""What the bot's own listeners are told: each once, and when it is durable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persistence import LedgerWriteError
from tests.end_to_end.scene import CHECKING, Carrier, Scene, Told

if TYPE_CHECKING:
    import pytest

    from machines import AnySession, Record


async def test_a_stay_is_confirmed_and_ended_once_each_when_it_is_on_disk(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.pino.moves(scene.sala)
        scene.pino.leaves()
        (record,) = await scene.recorded()
        await scene.until(lambda: bot.heard("ended"))

    confirmed, ended = bot.told
    assert (confirmed.event, confirmed.in_snapshot, confirmed.record) == ("confirmed", True, None)
    assert (ended.event, ended.in_ledger, ended.in_snapshot) == ("ended", True, False)
    assert ended.session_id == confirmed.session_id == record.id
    assert ended.record is not None
    assert ended.record.seconds == record.seconds


async def test_an_orphan_and_a_find_are_told_once_each_when_they_are_on_disk(scene: Scene) -> None:
    scene.settings = dict(CHECKING)
    scene.agu.joins(scene.general)
    async with scene.bot() as bot:
        await scene.until(lambda: bot.heard("recovered", scene.agu))
        scene.pino.plays("Tetris")
        await scene.kept(2)
        scene.pino.stops(lost=True)
        await scene.until(lambda: bot.heard("orphaned", scene.pino))
        done = bot.cog.check_figures.checks + 2
        await scene.until(lambda: bot.cog.check_figures.checks >= done)

    by_event = {told.event: told for told in bot.told}
    assert len(by_event) == len(bot.told) == 3
    assert by_event["recovered"].in_snapshot
    assert by_event["orphaned"].in_ledger
    assert not by_event["orphaned"].in_snapshot


async def test_over_a_restart_a_session_is_recovered_once_and_ended_once(scene: Scene) -> None:
    async with scene.bot() as first:
        scene.pino.joins(scene.general)
        await scene.kept()
    async with scene.bot() as second:
        await scene.until(lambda: second.heard("recovered"))
        scene.pino.leaves()
        await scene.recorded()
        await scene.until(lambda: second.heard("ended"))

    assert _names(first.told) == ["confirmed"]
    assert _names(second.told) == ["recovered", "ended"]
    assert {told.session_id for told in first.told + second.told} == {first.told[0].session_id}


async def test_nothing_is_told_before_it_is_written_and_all_of_it_afterwards(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_records: object) -> None:
        raise LedgerWriteError("The disk is full.")

    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.1)
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        await scene.kept()
        with monkeypatch.context() as full:
            for append in ("append", "append_now"):
                full.setattr(bot.cog.ledger, append, refuse)
            scene.pino.leaves()
            await scene.until(lambda: "The disk is full" in caplog.text)
            assert _names(bot.told) == ["confirmed"]
            assert scene.records() == []
        await scene.until(lambda: bot.heard("ended"))
    assert _names(bot.told) == ["confirmed", "ended"]
    assert len(scene.records()) == 1
    assert scene.live() == []


async def test_listeners_of_the_bot_are_called_with_session_and_record(scene: Scene) -> None:
    heard: list[tuple[str, str, float | None]] = []

    class Listening(Carrier):
        async def on_session_confirmed(self, session: AnySession) -> None:
            heard.append(("confirmed", session.kind, None))

        async def on_session_ended(self, session: AnySession, record: Record) -> None:
            heard.append(("ended", session.kind, record.seconds))

    async with scene.bot(Listening):
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.pino.leaves()
        await scene.until(lambda: len(heard) == 2)

    (_, _, seconds) = heard[1]
    assert heard[0] == ("confirmed", "voice", None)
    assert seconds == scene.records()[0].seconds


def _names(told: list[Told]) -> list[str]:
    return [each.event for each in told]

"""The commands, asked by people on a stand-in for Discord and answered by a real bot."""

from __future__ import annotations

import asyncio
import errno
import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
import pytest

from integrations import charts
from integrations.commands import reply, time_command
from integrations.loopback.messages import pressable
from integrations.loopback.server import PATIENCE
from machines import SECOND, RecordEnded, Stretch
from persistence import LedgerError, LedgerWriteError, SqliteLedger, ledger_changes
from persistence.ledger_reader import LedgerReader
from tests.integrations.commands.conftest import files_of, running, text_of
from tests.integrations.sessions import ended, voice_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrations.charts.orders import Order
    from integrations.loopback import LoopbackDiscord
    from machines import Record
    from persistence import HistoryFilter
    from tests.integrations.commands.conftest import Bot, Stage

PNG = b"\x89PNG\r\n\x1a\n"

text_alone = pytest.mark.usefixtures("blank_charts")


async def confirmed(stand_in: LoopbackDiscord, bot: Bot, count: int) -> None:
    """Wait until so many sessions count."""
    await stand_in.until(lambda: bot.cog.engine.counts().total() == count)


def sees(bot: Bot, channel_id: int) -> bool:
    channel = bot.get_channel(channel_id)
    assert isinstance(channel, discord.VoiceChannel)
    return channel.permissions_for(channel.guild.me).view_channel


@text_alone
async def test_time_adds_up_voice_games_and_parties_and_what_is_going_on(stage: Stage) -> None:
    stage.remember(
        [
            stage.record(stage.pino, 2, hours_ago=0.1),
            stage.record(stage.pino, 1, game="VALORANT", hours_ago=0.1),
        ]
    )
    async with running(stage) as bot:
        stage.pino.joins(stage.general)
        await confirmed(stage.discord, bot, 1)
        answer = await stage.ask(stage.pino, "tiempo", periodo="all")
    text = text_of(answer)
    assert "Tiempo de Pino" in text
    assert "🔊 Voz\n**2 h** 🟢\nexacto\n2 sesiones" in text
    assert "🎮 Juegos\n**1 h**\nexacto\n1 sesión" in text
    assert "VALORANT · 1 h" in text
    assert "General · 2 h" in text
    assert not answer.ephemeral


@text_alone
async def test_time_goes_on_being_told_while_what_is_over_cannot_be_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def commit(_ledger: SqliteLedger) -> None:
        msg = "the disk is full"
        raise LedgerWriteError(msg)

    async with running(stage, voice_grace=0.01) as bot:
        stage.pino.joins(stage.general)
        await confirmed(stage.discord, bot, 1)
        before = await stage.ask(stage.pino, "tiempo", periodo="all")
        with monkeypatch.context() as patched:
            patched.setattr(SqliteLedger, "_commit", commit)
            stage.pino.leaves()
            await confirmed(stage.discord, bot, 0)
            over = await stage.ask(stage.pino, "tiempo", periodo="all")
            why = await stage.ask(stage.pino, "porque")
            own = await stage.ask(stage.pino, "privacidad")
    assert "1 sesión" in text_of(before)
    assert "** 🟢\n" in text_of(before)
    assert "1 sesión" in text_of(over)
    assert "** 🟢\n" not in text_of(over)
    assert "salió" in text_of(why)
    assert "se guarda 1 sesión" in text_of(own)


async def test_time_comes_with_charts(stage: Stage) -> None:
    stage.remember([stage.record(stage.pino, 2, hours_ago=0.1)])
    async with running(stage):
        answer = await stage.ask(stage.pino, "tiempo", periodo="all")
    files = files_of(answer)
    assert set(files) == {"tiempo.png", "horas.png"}
    assert all(data.startswith(PNG) for data in files.values())
    urls = [embed["image"]["url"] for embed in answer.embeds if isinstance(embed, dict)]
    assert urls == ["attachment://tiempo.png", "attachment://horas.png"]


@pytest.mark.parametrize(
    ("locale", "titles"),
    [
        ("es-ES", ["El tiempo de Pino", "Cuándo está Pino"]),
        ("en-US", ["Pino's time", "When Pino is there"]),
    ],
)
async def test_the_charts_of_one_person_say_whose_they_are(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, locale: str, titles: list[str]
) -> None:
    asked: list[Order] = []

    async def nothing_drawn(orders: list[Order], *_: object) -> None:
        asked.extend(orders)

    monkeypatch.setattr(time_command, "drawn", nothing_drawn)
    stage.remember([stage.record(stage.pino, 2, hours_ago=0.1)])
    async with running(stage):
        await stage.ask(stage.pino, "tiempo", locale, periodo="all")
    assert [getattr(order, "title", None) for order in asked] == titles


async def test_without_the_plotting_library_the_same_answers_are_text(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "can_draw", lambda: False)
    now = datetime.now(UTC)
    since_noon = (now.hour - 12) % 24 + now.minute / 60  # no week begins in the two hours before
    stage.remember([stage.record(stage.pino, 2, game="VALORANT", hours_ago=since_noon)])
    async with running(stage):
        time = await stage.ask(stage.pino, "tiempo", periodo="all")
        games = await stage.ask(stage.pino, "juegos", periodo="all")
    assert files_of(time) == files_of(games) == {}
    assert "█" in text_of(time)
    assert "Juegos 2 h" in text_of(time)
    assert "█" in text_of(games)


@text_alone
async def test_another_persons_time_can_be_asked_for_in_english(stage: Stage) -> None:
    stage.remember([stage.record(stage.agu, 2, hours_ago=0.1)])
    async with running(stage):
        answer = await stage.ask(
            stage.pino, "tiempo", "en-US", persona=stage.agu, periodo="all", tipo="voice"
        )
    assert "Time of agu" in text_of(answer)
    assert "🔊 Voice" in text_of(answer)


async def test_nothing_yet_is_said_kindly(stage: Stage) -> None:
    async with running(stage):
        for command, word in (
            ("tiempo", "De Pino no hay nada"),
            ("ranking", "Nadie tiene tiempo"),
            ("sesiones", "no hay nadie"),
            ("juegos", "Nadie ha jugado"),
            ("porque", "no hay ninguna sesión"),
        ):
            assert word in text_of(await stage.ask(stage.pino, command))


@text_alone
async def test_a_channel_that_was_deleted_keeps_its_name(stage: Stage) -> None:
    stage.remember([stage.record(stage.pino, 1, hours_ago=0.1, channel=(42, "Viejo"))])
    async with running(stage):
        answer = await stage.ask(stage.pino, "tiempo", periodo="all")
    assert "Viejo (borrado) · 1 h" in text_of(answer)


@text_alone
async def test_somebody_who_left_the_server_is_in_the_ranking_with_their_name(
    stage: Stage,
) -> None:
    stage.remember([stage.record(stage.zeta, 1, hours_ago=0.1)])
    stage.guild.remove_member(stage.zeta)
    async with running(stage):
        answer = await stage.ask(stage.pino, "ranking", periodo="all")
        own = await stage.ask(stage.pino, "tiempo", periodo="all", persona=stage.zeta)
    assert "**Zeta** · 1 h" in text_of(answer)
    assert "Tiempo de Zeta" in text_of(own)


async def test_a_ranking_has_pages_that_buttons_turn_and_says_where_one_stands(
    stage: Stage,
) -> None:
    people = [stage.discord.add_user(f"person {number:02}", stage.guild) for number in range(12)]
    records = [stage.record(one, 2 + number, hours_ago=0.1) for number, one in enumerate(people)]
    stage.remember([*records, stage.record(stage.pino, 1, hours_ago=0.1)])
    async with running(stage):
        first = await stage.ask(stage.pino, "ranking", periodo="all", tipo="voice")
        assert first.message is not None
        text = text_of(first)
        assert "🥇 **person 11** · 13 h" in text
        assert "Página 1 de 2" in text
        assert "Tú: 13.º, con 1 h" in text
        (onward,) = pressable(first.message)
        second = await stage.discord.press(
            stage.agu, first.message, onward, locale="en-US", wait=PATIENCE
        )
        assert second.message is first.message
        assert "` 13.` **Pino** · 1 h" in text_of(second)
        assert "Página 2 de 2" in text_of(second)
        assert "👉" not in text_of(second)
        (back,) = pressable(first.message)
        await stage.discord.press(stage.pino, first.message, back, wait=PATIENCE)
    assert "🥇 **person 11**" in text_of(first)


async def test_buttons_still_work_after_a_restart(stage: Stage) -> None:
    people = [stage.discord.add_user(f"person {number:02}", stage.guild) for number in range(11)]
    stage.remember([stage.record(one, 1, hours_ago=0.1) for one in people])
    async with running(stage):
        answer = await stage.ask(stage.pino, "ranking", periodo="all")
    assert answer.message is not None
    async with running(stage):
        (onward,) = pressable(answer.message)
        await stage.discord.press(stage.pino, answer.message, onward, wait=PATIENCE)
    assert "Página 2 de 2" in text_of(answer)


async def test_people_who_tie_share_a_place(stage: Stage) -> None:
    first = stage.record(stage.pino, 1, hours_ago=0.1)
    second = stage.record(stage.agu, 1, hours_ago=0.1)
    second.started_at, second.ended_at = first.started_at, first.ended_at
    stage.remember([first, second])
    async with running(stage):
        answer = await stage.ask(stage.zeta, "ranking", periodo="all")
    assert text_of(answer).count("🥇") == 2


async def test_the_sessions_going_on_are_listed_with_how_sure_they_are(stage: Stage) -> None:
    async with running(stage) as bot:
        stage.pino.joins(stage.general)
        stage.pino.plays("VALORANT", application_id=7)
        stage.agu.plays("VALORANT", application_id=7)
        await confirmed(stage.discord, bot, 4)
        text = text_of(await stage.ask(stage.zeta, "sesiones"))
        stage.discord.cut(resumable=False)
        await stage.discord.until(lambda: len(stage.discord.gateway.connections) == 1)
    assert "🔊 **Pino** en 👥 General · " in text
    assert "🎮 **agu** jugando a **VALORANT** · " in text
    assert "🎉 Party de **VALORANT** · " in text
    assert "agu y Pino · exacto" in text or "Pino y agu · exacto" in text


async def test_the_games_of_a_server_are_ranked_with_their_people_and_say_how_sure_that_is(
    stage: Stage,
) -> None:
    hades = stage.record(stage.zeta, 0.5, game="Hades", hours_ago=2)
    unseen_until = hades.started_at + 12 * 60 * SECOND
    hades.stretches = (Stretch(hades.started_at, unseen_until, "unknown"),)
    hades.uncertain_seconds = 720.0
    stage.remember(
        [
            stage.record(stage.pino, 2, game="VALORANT", hours_ago=0.1),
            stage.record(stage.agu, 1, game="VALORANT", hours_ago=0.1),
            stage.record(stage.agu, 1, game="A*B", hours_ago=2),
            hades,
        ]
    )
    async with running(stage):
        answer = await stage.ask(stage.pino, "juegos", "en-GB", periodo="all")
    text = text_of(answer)
    assert "3. **Hades** · 30 min ± 12 min · 1 person" in text
    assert "± the most it can be away from the truth" in text
    assert "1. **VALORANT** · 3 h · 2 people" in text
    assert r"2. **A\*B** · 1 h · 1 person" in text
    assert set(files_of(answer)) == {"juegos.png", "horas.png"}


@text_alone
async def test_no_hour_is_the_busiest_where_nobody_played_for_certain(stage: Stage) -> None:
    perhaps = stage.record(stage.zeta, 0, game="Hades", hours_ago=1)
    perhaps.stretches = (Stretch(perhaps.ended_at, perhaps.ended_at + 12 * 60 * SECOND, "unknown"),)
    perhaps.uncertain_seconds = 720.0
    stage.remember([perhaps])
    async with running(stage):
        answer = await stage.ask(stage.pino, "juegos", "en-GB", periodo="all")
    text = text_of(answer)
    assert "1. **Hades** · 0 s ± 12 min" in text
    assert "The busiest hour" not in text


async def test_why_tells_of_a_running_session_and_only_to_the_asker(stage: Stage) -> None:
    async with running(stage) as bot:
        stage.pino.joins(stage.general)
        await confirmed(stage.discord, bot, 1)
        answer = await stage.ask(stage.agu, "porque", persona=stage.pino)
    text = text_of(answer)
    assert answer.ephemeral
    assert "▶️" in text
    assert "✅" in text
    assert "Sigue en marcha" in text


async def test_why_shows_a_partys_timeline(stage: Stage) -> None:
    async with running(stage) as bot:
        for person in (stage.pino, stage.agu):
            person.plays("VALORANT", application_id=7)
        await confirmed(stage.discord, bot, 3)
        answer = await stage.ask(stage.agu, "porque", tipo="party")
    assert "**agu** entró" in text_of(answer)
    assert set(files_of(answer)) == {"party.png"}


async def test_of_bots_there_is_nothing_to_tell(stage: Stage) -> None:
    async with running(stage):
        answer = await stage.ask(stage.pino, "tiempo", persona=stage.discord.bot)
    assert "bots" in text_of(answer)


async def test_health_is_for_those_who_manage_the_server(stage: Stage) -> None:
    async with running(stage):
        refused = await stage.ask(stage.pino, "salud", administrator=False)
        answer = await stage.ask(stage.pino, "salud")
    assert "para quien administra" in text_of(refused)
    assert "Nada: todo está bien" in text_of(answer)
    assert refused.ephemeral
    assert answer.ephemeral


async def test_health_names_what_the_bot_may_not_do(stage: Stage) -> None:
    hidden = stage.guild.add_voice_channel("Secreto")
    stage.general.allows(connect=False)
    stage.chat.allows(send=False)
    notices = {stage.guild.id: stage.chat.id}
    async with running(stage, notify_channel_id=notices) as bot:
        hidden.allows(view=False)
        await stage.discord.until(lambda: not sees(bot, hidden.id))
        text = text_of(await stage.ask(stage.pino, "salud"))
    assert "No veo Secreto" in text
    assert (
        "Sin «Conectar» en General no puedo preguntar a Discord por quién está ahí: dámelo" in text
    )
    assert "No puedo avisar en chat" in text


async def test_health_does_not_say_that_there_is_no_check_while_the_first_runs(
    stage: Stage,
) -> None:
    async with running(stage) as bot:
        assert "None yet" in text_of(await stage.ask(stage.pino, "salud", "en-US"))
        bot.cog.check_figures.checks += 1
        text = text_of(await stage.ask(stage.pino, "salud", "en-US"))
    assert "The first has begun, and none has come to its end yet" in text
    assert "None yet" not in text


async def test_health_tells_of_the_last_check(stage: Stage) -> None:
    async with running(stage) as bot:
        stage.pino.joins(stage.general)
        await confirmed(stage.discord, bot, 1)
        stage.agu.joins(stage.general, lost=True)
        await bot.cog.check_now()
        text = text_of(await stage.ask(stage.pino, "salud", "en-US"))
        spanish = text_of(await stage.ask(stage.pino, "salud"))
    assert "Last check" in text
    assert re.search(r"\d\.\d\d s", text)
    assert re.search(r"\d,\d\d s", spanish)
    assert "1 check" in text
    assert "🔊" in text


async def test_health_says_how_many_wait_for_a_ledger_that_refuses_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with running(stage) as bot:
        storekeeper = bot.cog._storekeeper  # noqa: SLF001 - as what ends is carried out
        assert storekeeper is not None
        with monkeypatch.context() as patched:
            patched.setattr(ledger_changes, "add", full)
            for user_id in (101, 102, 103):
                storekeeper.take([RecordEnded(ended(voice_session(user_id)))])
                with pytest.raises(LedgerWriteError):
                    await storekeeper.settle()
            text = text_of(await stage.ask(stage.pino, "salud"))
    assert "3 sesiones sin escribir" in text


async def test_health_tells_of_the_checks_before_the_last_as_well(stage: Stage) -> None:
    async with running(stage) as bot:
        stage.pino.joins(stage.general)
        await confirmed(stage.discord, bot, 1)
        stage.agu.joins(stage.general, lost=True)
        for _ in range(7):
            await bot.cog.check_now()
        text = text_of(await stage.ask(stage.pino, "salud", "en-US"))
    assert text.count("repaired, 0 without an answer") == 5


async def test_why_does_not_say_of_what_was_found_that_it_was_confirmed(stage: Stage) -> None:
    stage.pino.joins(stage.general)
    async with running(stage) as bot:
        await confirmed(stage.discord, bot, 1)
        text = text_of(await stage.ask(stage.pino, "porque"))
    assert "🔎" in text
    assert "✅" not in text


async def test_what_takes_long_is_deferred_and_comes_all_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply, "QUICK", 0.0)
    stage.remember([stage.record(stage.pino, 1, hours_ago=0.1)])
    async with running(stage):
        answer = await stage.ask(stage.pino, "tiempo", periodo="all")
        hidden = await stage.ask(stage.pino, "porque")
    assert (answer.type, hidden.type) == (5, 5)
    assert "Tiempo de Pino" in text_of(answer)
    assert set(files_of(answer)) == {"tiempo.png", "horas.png"}
    assert hidden.ephemeral


@text_alone
async def test_whoever_waits_for_others_is_told_in_time_that_the_answer_will_come(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reply.QUICK < 3
    monkeypatch.setattr(reply, "QUICK", 0.01)
    may_end, reading, deferred = threading.Event(), [0], []
    history, defer = LedgerReader.history, discord.InteractionResponse.defer

    def slow(reader: LedgerReader, wanted: HistoryFilter) -> Iterator[Record]:
        reading[0] += 1
        assert may_end.wait(PATIENCE)
        yield from history(reader, wanted)

    async def defers(response: discord.InteractionResponse[Any], **how: Any) -> Any:  # noqa: ANN401 - discord.py's
        deferred.append(response)
        return await defer(response, **how)

    stage.remember([stage.record(stage.pino, 1, hours_ago=0.1)])
    async with running(stage):
        monkeypatch.setattr(LedgerReader, "history", slow)
        monkeypatch.setattr(discord.InteractionResponse, "defer", defers)
        commands = ("tiempo", "ranking", "juegos", "porque", "privacidad")
        asking = [asyncio.create_task(stage.ask(stage.pino, command)) for command in commands]
        await stage.discord.until(lambda: reading[0] and len(deferred) == len(commands))
        assert reading == [1]
        may_end.set()
        answers = await asyncio.gather(*asking)
    assert [answer.type for answer in answers] == [5] * len(commands)
    assert all(answer.embeds for answer in answers)


async def test_a_ledger_that_cannot_be_read_is_said_and_logged(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> Any:  # noqa: ANN401 - never returns
        raise LedgerError("the ledger is broken")

    async with running(stage) as bot:
        monkeypatch.setattr(type(bot.cog.ledger), "history", broken)
        answer = await stage.ask(stage.pino, "tiempo")
        monkeypatch.setattr(reply, "QUICK", 0.0)
        deferred = await stage.ask(stage.pino, "ranking")
    assert "Algo falló" in text_of(answer)
    assert "Algo falló" in text_of(deferred)
    assert "the ledger is broken" in caplog.text


async def test_someone_whose_name_is_markdown_is_shown_as_they_are(stage: Stage) -> None:
    odd = stage.discord.add_user("**||@everyone||**", stage.guild)
    stage.remember([stage.record(odd, 1, hours_ago=0.1)])
    async with running(stage):
        answer = await stage.ask(stage.pino, "ranking", periodo="all")
    assert r"\*\*\|\|@" in text_of(answer)
    assert "||@everyone||" not in text_of(answer)


async def test_time_so_far_is_known_to_the_second(stage: Stage) -> None:
    async with running(stage) as bot:
        stage.pino.joins(stage.general)
        await confirmed(stage.discord, bot, 1)
        (session,) = bot.cog.engine.sessions()
        session.started_at -= 3 * 3600 * SECOND
        text = text_of(await stage.ask(stage.pino, "sesiones"))
    assert "3 h · exacto" in text


async def test_no_answer_outlives_a_message_that_is_gone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reply, "QUICK", 0.0)
    stage.discord.faults.rest_fails("POST /webhooks/*", status=404, code=10015)
    async with running(stage):
        with pytest.raises(TimeoutError):
            await stage.discord.invoke(stage.pino, stage.chat, "ranking", wait=0.5)
        await stage.discord.until(lambda: "Error al responder a /ranking" in caplog.text)

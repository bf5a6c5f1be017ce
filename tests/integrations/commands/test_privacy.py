"""What people can do with what is kept about them; only they see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from integrations.commands import privacy_command
from integrations.loopback.messages import pressable
from integrations.loopback.server import PATIENCE
from tests.integrations.commands.conftest import Remembered, files_of, running, text_of

if TYPE_CHECKING:
    from integrations.loopback import Answer
    from tests.integrations.commands.conftest import Stage


def button(answer: Answer, action: str) -> str:
    assert answer.message is not None
    (found,) = [one for one in pressable(answer.message) if f":{action}:" in one]
    return found


async def pressed(stage: Stage, answer: Answer, action: str) -> Answer:
    assert answer.message is not None
    return await stage.discord.press(
        stage.pino, answer.message, button(answer, action), wait=PATIENCE
    )


async def test_what_is_kept_is_shown_with_what_one_can_do(stage: Stage) -> None:
    privacy = Remembered()
    async with running(stage, privacy):
        answer = await stage.ask(stage.pino, "privacidad", administrator=False)
    assert answer.ephemeral
    assert privacy.needed == [0]  # it is enough to count them
    assert "se guardan 2 sesiones" in text_of(answer)
    assert "Nunca lo que dices" in text_of(answer)
    for action in ("export", "opt_out", "forget"):
        assert button(answer, action)


async def test_everything_can_be_taken_along_as_a_file(stage: Stage) -> None:
    async with running(stage, Remembered()):
        answer = await stage.ask(stage.pino, "privacidad", "en-US", accion="export")
    assert answer.ephemeral
    assert files_of(answer) == {"latido.jsonl": b'{"id":"a"}\n{"id":"b"}\n'}
    assert "2 sessions, one a line" in text_of(answer)


async def test_what_cannot_be_read_of_ones_sessions_is_said(stage: Stage) -> None:
    privacy = Remembered()
    privacy.unreadable = 1
    async with running(stage, privacy):
        shown = await stage.ask(stage.pino, "privacidad", administrator=False)
        taken = await stage.ask(stage.pino, "privacidad", "en-US", accion="export")
    assert "1 sesión tuya está dañada y no se puede leer; Olvidar también la borra" in text_of(
        shown
    )
    assert "1 of your sessions is damaged and cannot be read; Forget erases it" in text_of(taken)


async def test_a_file_too_big_for_a_message_is_not_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy_command, "_LARGEST", 5)
    privacy = Remembered()
    async with running(stage, privacy):
        answer = await stage.ask(stage.pino, "privacidad", accion="export")
    assert privacy.needed == [5]
    assert files_of(answer) == {}
    assert "latido export --user" in text_of(answer)


async def test_forgetting_is_asked_about_once_more_and_then_done(stage: Stage) -> None:
    privacy = Remembered()
    async with running(stage, privacy):
        asked = await stage.ask(stage.pino, "privacidad", accion="forget")
        assert privacy.forgotten == []
        done = await pressed(stage, asked, "sure")
        after = await stage.ask(stage.pino, "privacidad", accion="export")
    assert "No hay vuelta atrás" in text_of(asked)
    assert privacy.forgotten == [stage.pino.id]
    assert done.ephemeral
    assert "se borraron 2 sesiones" in text_of(done)
    assert "cuentas de nuevo" in text_of(done)
    assert files_of(after) == {}


async def test_whoever_opts_out_is_told_so_and_can_come_back(stage: Stage) -> None:
    privacy = Remembered()
    async with running(stage, privacy):
        out = await stage.ask(stage.pino, "privacidad", accion="opt_out")
        shown = await stage.ask(stage.pino, "privacidad")
        back = await pressed(stage, shown, "opt_in")
    assert "desde ahora no se guarda nada" in text_of(out)
    assert "no apareces en ning" in text_of(shown)
    assert "vuelves a contar" in text_of(back)
    assert privacy.hidden == set()


@pytest.mark.parametrize("locale", ["es-ES", "en-US"])
@pytest.mark.parametrize("is_out", [False, True])
async def test_each_button_is_explained_and_nothing_that_is_none(
    stage: Stage, locale: str, is_out: bool
) -> None:
    privacy = Remembered()
    privacy.hidden = {stage.pino.id} if is_out else set()
    async with running(stage, privacy):
        answer = await stage.ask(stage.pino, "privacidad", locale)
    assert answer.message is not None
    rows: list[Any] = answer.message.components
    labels = [each["label"] for row in rows for each in row["components"]]
    explained = re.findall(r"(\S+) \*\*(.+?)\*\*:", text_of(answer))
    assert [" ".join(each) for each in explained] == labels


@pytest.mark.usefixtures("blank_charts")
async def test_whoever_opts_out_appears_nowhere_and_is_forgotten_on_demand(stage: Stage) -> None:
    stage.remember(
        [
            stage.record(stage.pino, 2, hours_ago=0.1),
            stage.record(stage.agu, 1, hours_ago=0.1),
            stage.record(stage.pino, 1, game="VALORANT", hours_ago=0.1),
        ]
    )
    async with running(stage) as bot:
        for person in (stage.pino, stage.agu):
            person.plays("VALORANT", application_id=7)
        await stage.discord.until(lambda: bot.cog.engine.counts().total() == 3)
        export = await stage.ask(stage.pino, "privacidad", accion="export")
        assert files_of(export)["latido.jsonl"].count(b"\n") == 4
        await stage.ask(stage.pino, "privacidad", accion="opt_out")
        for command in ("ranking", "sesiones", "juegos"):
            asked = {} if command == "sesiones" else {"periodo": "all"}
            assert "Pino" not in text_of(await stage.ask(stage.agu, command, **asked))
        for command in ("tiempo", "porque"):
            seen = await stage.ask(stage.agu, command, persona=stage.pino)
            assert "no quiere aparecer" in text_of(seen)
            own = await stage.ask(stage.pino, command)
            assert "Pediste no aparecer" in text_of(own)
            assert seen.ephemeral
            assert own.ephemeral
        sure = await stage.ask(stage.pino, "privacidad", accion="forget")
        done = await pressed(stage, sure, "sure")
        is_known = bot.cog.ledger.knows_user(stage.pino.id)
    assert "se borraron" in text_of(done)
    assert not is_known


@pytest.mark.usefixtures("blank_charts")
async def test_whoever_opted_out_is_not_named_in_a_party_of_others(stage: Stage) -> None:
    privacy = Remembered()
    async with running(stage, privacy) as bot:
        for person in (stage.pino, stage.agu, stage.zeta):
            person.plays("VALORANT", application_id=7)
        await stage.discord.until(lambda: bot.cog.engine.counts().total() == 4)
        privacy.hidden.add(stage.agu.id)
        answer = await stage.ask(stage.pino, "porque", tipo="party")
    assert "**Zeta** entr" in text_of(answer)
    assert "agu" not in text_of(answer)

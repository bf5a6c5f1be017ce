"""Notices: in order, taken back, in the right guild, and never in anybody's way."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import AsyncMock, Mock

import discord
import msgspec
import pytest

from engine import Settings
from integrations.notices import Notices
from machines import NoticeDue, NoticeWithdrawn
from tests.integrations.evidence.test_look_ups import refusal
from tests.integrations.keeping.test_storekeeper import until
from tests.integrations.sessions import GUILD, OTHER_GUILD, at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHANNEL, OTHER_CHANNEL = 601, 602


class Chat:
    """A text channel of one guild; it notes what is sent and deleted."""

    def __init__(self, channel_id: int) -> None:
        self.texts: list[str] = []
        self.deleted: list[str] = []
        self.fails: Exception | None = None
        self.fails_to_delete: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.channel = AsyncMock(spec=discord.TextChannel, id=channel_id)
        self.channel.send = self._send

    async def _send(self, text: str, *, allowed_mentions: discord.AllowedMentions) -> Any:  # noqa: ANN401 - a fake message
        assert not (allowed_mentions.everyone)
        assert not (allowed_mentions.users)
        assert not (allowed_mentions.roles)
        await self.open.wait()
        if self.fails is not None:
            raise self.fails

        async def delete() -> None:
            if self.fails_to_delete is not None:
                raise self.fails_to_delete
            self.deleted.append(text)

        self.texts.append(text)
        return SimpleNamespace(delete=delete, channel=self.channel)


class Server:
    """A bot in two guilds, with one channel each."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - settings are of many types
        self.chat, self.other = Chat(CHANNEL), Chat(OTHER_CHANNEL)
        here = {GUILD: {CHANNEL: self.chat}, OTHER_GUILD: {OTHER_CHANNEL: self.other}}

        def get_guild(guild_id: int) -> Any:  # noqa: ANN401 - a fake guild
            chats = here.get(guild_id)
            if chats is None:
                return None
            channels = {number: chat.channel for number, chat in chats.items()}
            return SimpleNamespace(get_channel_or_thread=channels.get)

        bot = cast("discord.Client", SimpleNamespace(get_guild=get_guild))
        settings.setdefault("notify_channel_id", CHANNEL)
        self.notices = Notices(bot, Settings(**settings))


def due(
    session_id: str = "s",
    *,
    guild_id: int = GUILD,
    exits: bool = False,
    **values: Any,  # noqa: ANN401 - the fields of a notice
) -> NoticeDue:
    given = {"username": "Pino", "channel_name": "General", **values}
    return NoticeDue(
        session_id=session_id,
        guild_id=guild_id,
        kind="voice",
        notice="exit" if exits else "entry",
        at=at(0),
        **given,
    )


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    yield made
    await made.notices.close()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


async def test_they_are_sent_in_the_order_in_which_they_came(server: Server) -> None:
    for number in range(10):
        server.notices.take(due(f"s{number}", username=f"user{number}"))
    await until(lambda: len(server.chat.texts) == 10)
    assert server.chat.texts == [f"🔊 **user{n}** entró a 👥 General" for n in range(10)]


async def test_one_that_is_taken_back_is_deleted_and_no_other(server: Server) -> None:
    server.notices.take(due("s1"))
    server.notices.take(due("s2", username="agu"))
    server.notices.take(NoticeWithdrawn("s2", GUILD))
    server.notices.take(NoticeWithdrawn("s2", GUILD))
    server.notices.take(NoticeWithdrawn("never sent", GUILD))
    await until(lambda: server.chat.deleted)
    assert server.chat.deleted == ["🔊 **agu** entró a 👥 General"]


async def test_taken_back_while_it_is_being_sent_it_is_deleted_after_it(server: Server) -> None:
    server.chat.open.clear()
    server.notices.take(due())
    await asyncio.sleep(0)
    server.notices.take(NoticeWithdrawn("s", GUILD))
    server.chat.open.set()
    await until(lambda: server.chat.deleted)
    assert len(server.chat.texts) == 1


async def test_an_exit_is_not_deleted(server: Server) -> None:
    server.notices.take(due(exits=True, seconds=120.0))
    server.notices.take(NoticeWithdrawn("s", GUILD))
    server.notices.take(due("last"))
    await until(lambda: len(server.chat.texts) == 2)
    assert server.chat.texts[0] == "👋 **Pino** salió de 👥 General después de 2 min"
    assert server.chat.deleted == []


async def test_a_missing_permission_is_reported_once(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.chat.fails = refusal(403, 50013)
    for number in range(3):
        server.notices.take(due(f"s{number}"))
    server.notices.take(NoticeWithdrawn("s0", GUILD))
    await until(lambda: warnings(caplog))
    server.chat.fails = None
    server.notices.take(due("again"))
    await until(lambda: server.chat.texts)
    (warning,) = warnings(caplog)
    assert str(CHANNEL) in warning
    assert str(GUILD) in warning


@pytest.mark.parametrize(
    "error", [refusal(500, 0), ConnectionRefusedError("refused"), TimeoutError()]
)
async def test_a_failure_is_said_and_the_next_one_is_sent(
    server: Server, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    server.chat.fails = error
    server.notices.take(due("s1"))
    await until(lambda: warnings(caplog))
    server.chat.fails = None
    server.notices.take(due("s2"))
    server.chat.fails_to_delete = error
    server.notices.take(NoticeWithdrawn("s2", GUILD))
    server.notices.take(due("s3"))
    await until(lambda: len(server.chat.texts) == 2)
    assert len(warnings(caplog)) == 2


async def test_one_that_somebody_deleted_before_is_no_failure(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.chat.fails_to_delete = refusal(404, 10008)
    server.notices.take(due("s1"))
    server.notices.take(NoticeWithdrawn("s1", GUILD))
    server.notices.take(due("s2"))
    await until(lambda: len(server.chat.texts) == 2)
    assert warnings(caplog) == []


async def test_none_goes_to_a_channel_of_another_guild(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.notices.take(due(guild_id=OTHER_GUILD))
    server.notices.take(due(guild_id=4711))
    server.notices.take(due("last"))
    await until(lambda: server.chat.texts)
    assert (len(server.chat.texts), server.other.texts) == (1, [])
    assert warnings(caplog) == []


async def test_with_a_table_each_guild_has_its_own_channel_and_a_wrong_one_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(notify_channel_id={GUILD: CHANNEL, OTHER_GUILD: CHANNEL})
    server.notices.take(due(guild_id=OTHER_GUILD))
    server.notices.take(due(guild_id=OTHER_GUILD))
    server.notices.take(due("last"))
    await until(lambda: server.chat.texts)
    (warning,) = warnings(caplog)
    assert str(OTHER_GUILD) in warning
    assert server.other.texts == []
    await server.notices.close()


async def test_without_a_channel_nothing_is_kept() -> None:
    server = Server(notify_channel_id=None)
    server.notices.take(due())
    await asyncio.sleep(0)
    assert server.chat.texts == []
    await server.notices.close()


async def test_behind_a_slow_discord_only_so_many_wait(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.chat.open.clear()
    server.notices.take(due())
    await asyncio.sleep(0)
    for number in range(1005):
        server.notices.take(due(f"s{number}"))
    assert len(warnings(caplog)) == 5
    server.chat.open.set()
    await until(lambda: len(server.chat.texts) == 1001)


async def test_names_are_no_markdown_and_texts_are_not_too_long(server: Server) -> None:
    server.notices.take(due(username="**P**_i_", channel_name="x" * 3000))
    await until(lambda: server.chat.texts)
    (text,) = server.chat.texts
    assert text.startswith(r"🔊 **\*\*P\*\*\_i\_** entró a 👥 xxx")
    assert len(text) == 2000
    assert text.endswith("…")


async def test_of_a_crowd_only_as_many_names_are_made_plain_as_there_is_room_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Mock(side_effect=discord.utils.escape_markdown)
    monkeypatch.setattr("discord.utils.escape_markdown", plain)
    names = tuple(f"jugador {number:09}" for number in range(700))
    notice = due(username=None, channel_name=None)
    crowd = msgspec.structs.replace(
        notice, kind="party", notice="exit", game_name="osu!", player_names=names
    )
    server.notices.take(crowd)
    await until(lambda: server.chat.texts)
    (text,) = server.chat.texts
    assert "jugador 000000000, jugador 000000001" in text
    assert len(text) == 2000
    assert 2000 // len(names[0]) <= plain.call_count < 130

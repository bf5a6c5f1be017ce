"""Slash commands, given by a script and answered by a real bot."""

import re
from typing import Any

import discord
import pytest
from aiohttp import ClientSession
from discord import app_commands

from integrations.loopback import (
    CommandOptionError,
    LoopbackDiscord,
    NotAnsweredError,
    UnknownCommandError,
)
from tests.integrations.loopback.bots import Bot, running
from tests.integrations.loopback.conftest import Plaza

Given = discord.Interaction[Any]


class CommandBot(Bot):
    """A bot with commands that answer at once, later, to one's face, and never."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = app_commands.CommandTree(self)
        group = app_commands.Group(name="history", description="history")
        self.tree.add_command(group)

        @self.tree.command(description="at once")
        async def hello(given: Given, who: discord.Member, times: int = 1) -> None:
            await given.response.send_message(f"hola {who.name} x{times}")

        @group.command(description="later")
        async def mine(given: Given) -> None:
            await given.response.defer(ephemeral=True)
            await given.followup.send(f"{given.user.name} in {given.channel}", ephemeral=True)

        @self.tree.command(description="edited")
        async def slow(given: Given) -> None:
            await given.response.defer()
            await given.edit_original_response(content="done", embed=discord.Embed(title="t"))
            await given.followup.send("more")

        @self.tree.command(description="never")
        async def silent(given: Given) -> None:
            del given

    async def setup_hook(self) -> None:
        await self.tree.sync()


@pytest.fixture
def command_bot() -> CommandBot:
    return CommandBot()


async def test_a_command_is_answered_at_once(
    stand_in: LoopbackDiscord, plaza: Plaza, command_bot: CommandBot
) -> None:
    async with running(stand_in, command_bot):
        registered = {command["name"] for command in stand_in.commands()}
        assert registered == {"hello", "history", "slow", "silent"}
        options = {"who": plaza.agu, "times": 3}
        answer = await stand_in.invoke(plaza.pino, plaza.chat, "hello", options=options)
    assert (answer.content, answer.type, answer.ephemeral) == ("hola agu x3", 4, False)
    assert [m.content for m in stand_in.messages(plaza.chat)] == ["hola agu x3"]


async def test_a_deferred_answer_is_waited_for(
    stand_in: LoopbackDiscord, plaza: Plaza, command_bot: CommandBot
) -> None:
    async with running(stand_in, command_bot):
        answer = await stand_in.invoke(plaza.pino, plaza.chat, "history mine")
    assert (answer.content, answer.type, answer.ephemeral) == ("Pino in chat", 5, True)


async def test_a_deferred_answer_can_be_edited_and_followed(
    stand_in: LoopbackDiscord, plaza: Plaza, command_bot: CommandBot
) -> None:
    async with running(stand_in, command_bot):
        answer = await stand_in.invoke(plaza.pino, plaza.chat, "slow")
        await stand_in.until(lambda: answer.followups)
    assert answer.content == "done"
    assert len(answer.embeds) == 1
    assert [message.content for message in answer.followups] == ["more"]


async def test_a_command_nobody_answers_and_one_nobody_knows_are_errors(
    stand_in: LoopbackDiscord, plaza: Plaza, command_bot: CommandBot
) -> None:
    async with running(stand_in, command_bot):
        with pytest.raises(NotAnsweredError, match="/silent was not answered"):
            await stand_in.invoke(plaza.pino, plaza.chat, "silent", wait=0.05)
        with pytest.raises(UnknownCommandError, match="no /nothing"):
            await stand_in.invoke(plaza.pino, plaza.chat, "nothing")


@pytest.mark.parametrize(
    ("command", "name", "value", "sentence"),
    [
        ("hello", "who", 5, "/hello takes a person as who, not 5: give the stand-in's own."),
        ("hello", "times", "3", "/hello takes a whole number as times, not '3'."),
        ("hello", "whom", "agu", "/hello has no option 'whom': it has times, who."),
        ("history mine", "who", "agu", "/history mine has no option 'who': it has none."),
    ],
)
async def test_what_discord_would_not_let_people_give_is_an_error(
    stand_in: LoopbackDiscord,
    plaza: Plaza,
    command_bot: CommandBot,
    command: str,
    name: str,
    value: object,
    sentence: str,
) -> None:
    async with running(stand_in, command_bot):
        with pytest.raises(CommandOptionError, match=f"^{re.escape(sentence)}$"):
            await stand_in.invoke(plaza.pino, plaza.chat, command, options={name: value})


async def test_commands_of_a_guild_come_before_global_ones(
    stand_in: LoopbackDiscord, plaza: Plaza, command_bot: CommandBot
) -> None:
    async with running(stand_in, command_bot):

        @command_bot.tree.command(name="hello", description="here", guild=plaza.guild)
        async def here(given: Given) -> None:
            await given.response.send_message("here")

        await command_bot.tree.sync(guild=plaza.guild)
        assert len(stand_in.commands(plaza.guild)) == 1
        assert (await stand_in.invoke(plaza.pino, plaza.chat, "hello")).content == "here"


async def test_a_command_can_be_answered_once_only(
    stand_in: LoopbackDiscord, plaza: Plaza, command_bot: CommandBot
) -> None:
    async with running(stand_in, command_bot):
        options = {"who": plaza.agu}
        await stand_in.invoke(plaza.pino, plaza.chat, "hello", options=options)
        (callback,) = stand_in.journal.requests_to("POST /interactions/*/callback")
        async with (
            ClientSession() as http,
            http.post(stand_in.api_url + callback.path, json={"type": 4}) as again,
        ):
            assert (again.status, (await again.json())["code"]) == (400, 40060)

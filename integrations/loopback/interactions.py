"""Slash commands: their registration, a script that gives one, and the bot's answer to it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, cast

import msgspec
from aiohttp import web

from integrations.loopback import errors, payloads
from integrations.loopback.delivery import JsonObject
from integrations.loopback.errors import DiscordError
from integrations.loopback.http_json import json_answer, read_files, read_object, read_objects
from integrations.loopback.invocation import (
    ADMINISTRATOR,
    CHANNEL,
    USER,
    check_options,
    interaction_body,
    invocation,
    option_type,
    option_value,
)
from integrations.loopback.messages import EPHEMERAL, Message, Messages, pressable

if TYPE_CHECKING:
    from integrations.loopback.people import Person
    from integrations.loopback.places import Channel, Guild
    from integrations.loopback.world import World

ANSWER_LIMIT = 3.0
"""Seconds in which a bot has to answer (interactions, "Responding to an Interaction")."""

PENDING_LIMIT = 100

_DEFERRED = 5
_DEFERRED_UPDATE = 6
_UPDATE = 7


class NotAnsweredError(TimeoutError):
    """The bot did not answer a command in time."""


class UnknownCommandError(LookupError):
    """The bot has registered no command of this name; sync its command tree first."""


class Answer(msgspec.Struct, eq=False):
    """What a bot answered to a command.

    Attributes:
        command: its full name.
        type: the callback type: 4 a message, 5 a message that comes later.
        original: the answer itself, as last edited; None while a deferred one has not come.
        followups: further messages.
        pressed: the message whose button was pressed, which an answer of type 6 or 7 changes.
    """

    command: str
    guild_id: int
    channel_id: int
    type: int = 0
    ephemeral: bool = False
    original: Message | None = None
    followups: list[Message] = []
    pressed: Message | None = None

    @property
    def message(self) -> Message | None:
        """The message that is shown first; None while there is none."""
        return self._shown()

    @property
    def content(self) -> str:
        """The text of the answer, or of the first message that followed a deferred one."""
        message = self._shown()
        return "" if message is None else message.content

    @property
    def embeds(self) -> list[object]:
        """The embeds of the same message."""
        message = self._shown()
        return [] if message is None else message.embeds

    @property
    def complete(self) -> bool:
        """Whether there is something to read."""
        return self._shown() is not None

    def _shown(self) -> Message | None:
        if self.original is not None:
            return self.original
        return self.followups[0] if self.followups else None


class Interactions:
    """Keeps the registered commands and the interactions under way."""

    def __init__(self, world: "World", messages: Messages) -> None:
        self._world = world
        self._messages = messages
        self._commands: dict[int | None, list[JsonObject]] = {}
        self._pending: dict[str, Answer] = {}
        self._progress = asyncio.Event()

    def commands(self, guild: "Guild | None" = None) -> list[JsonObject]:
        """The commands registered globally, or for one guild."""
        return self._commands.get(None if guild is None else guild.id, [])

    async def invoke(
        self,
        person: "Person",
        channel: "Channel",
        command: str,
        options: Mapping[str, object],
        wait: float,
        *,
        locale: str = "en-US",
        administrator: bool = True,
    ) -> Answer:
        """Give a command and wait until there is something to read.

        Raises:
            CommandOptionError: the command does not take these options.
            NotAnsweredError: nothing came in ``wait`` seconds.
            UnknownCommandError: the bot has registered no such command.
        """
        guild = channel.guild
        names = command.split()
        data = self._command_data(guild, names, options)
        answer = Answer(command, guild.id, channel.id)
        permissions = ADMINISTRATOR if administrator else "0"
        body = interaction_body(guild, channel, person, locale, permissions)
        return await self._ask(answer, body | {"type": 2, "data": data}, wait)

    async def press(
        self, person: "Person", message: Message, custom_id: str, locale: str, wait: float
    ) -> Answer:
        """Press a button under a message and wait until there is something to read.

        Raises:
            LookupError: the message has no such button, or it cannot be pressed.
            NotAnsweredError: nothing came in ``wait`` seconds.
        """
        if custom_id not in pressable(message):
            raise LookupError(f"the message has no button {custom_id!r} that can be pressed")
        found = self._world.channel(message.channel_id)
        if found is None:
            raise DiscordError(errors.UNKNOWN_CHANNEL)
        guild, channel = found
        answer = Answer(custom_id, guild.id, channel.id, pressed=message)
        body = interaction_body(guild, channel, person, locale, "0")
        data = {"custom_id": custom_id, "component_type": 2}
        shown = self._messages.payload(message)
        return await self._ask(answer, body | {"type": 3, "data": data, "message": shown}, wait)

    async def _ask(self, answer: Answer, body: JsonObject, wait: float) -> Answer:
        interaction_id = str(self._world.snowflakes.at(self._world.now()))
        token = f"interaction-{interaction_id}"
        self._pending[token] = answer
        if len(self._pending) > PENDING_LIMIT:
            del self._pending[next(iter(self._pending))]
        body |= {
            "id": interaction_id,
            "application_id": str(self._world.bot.id),
            "token": token,
        }
        self._world.publish("INTERACTION_CREATE", answer.guild_id, body)
        try:
            async with asyncio.timeout(wait):
                while not answer.complete:
                    await self._progress.wait()
        except TimeoutError as error:
            raise NotAnsweredError(f"/{answer.command} was not answered in {wait} s") from error
        return answer

    def routes(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[web.Response]]]]:
        """The routes of commands and of answers to them."""
        application = "/applications/{application}"
        guild = application + "/guilds/{guild}"
        original = "/webhooks/{application}/{token}/messages/@original"
        return [
            ("GET", application + "/commands", self._get_commands),
            ("PUT", application + "/commands", self._put_commands),
            ("GET", guild + "/commands", self._get_commands),
            ("PUT", guild + "/commands", self._put_commands),
            ("POST", "/interactions/{interaction}/{token}/callback", self._call_back),
            ("POST", "/webhooks/{application}/{token}", self._follow_up),
            ("GET", original, self._get_original),
            ("PATCH", original, self._edit_original),
            ("DELETE", original, self._delete_original),
        ]

    # Registration

    async def _get_commands(self, request: web.Request) -> web.Response:
        return json_answer(self._commands.get(_guild_id(request), []))

    async def _put_commands(self, request: web.Request) -> web.Response:
        guild_id = _guild_id(request)
        given = await read_objects(request)
        registered: list[JsonObject] = []
        for command in given:
            fixed: JsonObject = {
                "id": str(self._world.snowflakes.place()),
                "application_id": str(self._world.bot.id),
                "version": str(self._world.number()),
                "default_member_permissions": None,
                "type": 1,
                "description": "",
            }
            if guild_id is not None:
                fixed["guild_id"] = str(guild_id)
            registered.append(fixed | command)
        self._commands[guild_id] = registered
        return json_answer(registered)

    def _command_data(
        self, guild: "Guild", names: list[str], options: Mapping[str, object]
    ) -> JsonObject:
        for guild_id in (guild.id, None):
            for command in self._commands.get(guild_id, []):
                if command["name"] == names[0]:
                    check_options(command, " ".join(names), options)
                    return invocation(command, guild_id, names[1:], self._options(guild, options))
        raise UnknownCommandError(f"the bot has registered no /{names[0]}; sync its commands first")

    def _options(
        self, guild: "Guild", options: Mapping[str, object]
    ) -> tuple[list[JsonObject], JsonObject]:
        """Discord's form of the options, and the objects that they name."""
        given: list[JsonObject] = []
        users: JsonObject = {}
        members: JsonObject = {}
        channels: JsonObject = {}
        for name, value in options.items():
            kind = option_type(value)
            given.append({"name": name, "type": kind, "value": option_value(value)})
            if kind == USER:
                person = cast("Person", value)
                users[str(person.id)] = payloads.user(person)
                if person.id in guild.members:
                    members[str(person.id)] = payloads.member(guild, person) | {"permissions": "0"}
            elif kind == CHANNEL:
                channel = cast("Channel", value)
                channels[str(channel.id)] = payloads.channel(channel) | {"permissions": "0"}
        return given, {"users": users, "members": members, "channels": channels}

    # Answers

    async def _call_back(self, request: web.Request) -> web.Response:
        answer = self._answer(request, errors.UNKNOWN_INTERACTION)
        if answer.type:
            raise DiscordError(errors.ALREADY_ACKNOWLEDGED)
        body = await read_object(request)
        kind = body.get("type")
        answer.type = kind if isinstance(kind, int) else 0
        data = cast(JsonObject, body.get("data") or {})
        flags = data.get("flags")
        answer.ephemeral = isinstance(flags, int) and bool(flags & EPHEMERAL)
        files = await read_files(request)
        if answer.type == _UPDATE and answer.pressed is not None:
            answer.original = answer.pressed
            self._messages.edit(self._channel(answer), answer.pressed, data, files)
        elif answer.type not in {_DEFERRED, _DEFERRED_UPDATE} and data:
            answer.original = self._send(answer, data, files)
        self._progressed()
        interaction: JsonObject = {
            "id": request.match_info["interaction"],
            "type": 2,
            "response_message_loading": answer.type == _DEFERRED,
            "response_message_ephemeral": answer.ephemeral,
        }
        resource: JsonObject = {"type": answer.type}
        if answer.original is not None:
            interaction["response_message_id"] = str(answer.original.id)
            resource["message"] = self._messages.payload(answer.original)
        if request.query.get("with_response") not in {"true", "True", "1"}:
            return web.Response(status=204)
        return json_answer({"interaction": interaction, "resource": resource})

    async def _follow_up(self, request: web.Request) -> web.Response:
        answer = self._answer(request, errors.UNKNOWN_WEBHOOK)
        body = await read_object(request)
        message = self._send(answer, body, await read_files(request))
        if answer.type == _DEFERRED and answer.original is None:
            answer.original = message  # The first follow-up fills a deferred answer.
        else:
            answer.followups = [*answer.followups, message]
        self._progressed()
        return json_answer(self._messages.payload(message))

    async def _get_original(self, request: web.Request) -> web.Response:
        return json_answer(self._messages.payload(self._original(request)))

    async def _edit_original(self, request: web.Request) -> web.Response:
        answer = self._answer(request, errors.UNKNOWN_WEBHOOK)
        body = await read_object(request)
        if answer.original is None and answer.type == _DEFERRED:
            flags = EPHEMERAL if answer.ephemeral else 0
            files = await read_files(request)
            answer.original = self._send(answer, body | {"flags": flags}, files)
        else:
            if answer.type == _DEFERRED_UPDATE:
                answer.original = answer.pressed
            original, files = self._original(request), await read_files(request)
            self._messages.edit(self._channel(answer), original, body, files)
        self._progressed()
        return json_answer(self._messages.payload(self._original(request)))

    async def _delete_original(self, request: web.Request) -> web.Response:
        answer = self._answer(request, errors.UNKNOWN_WEBHOOK)
        self._messages.delete(self._channel(answer), self._original(request))
        return web.Response(status=204)

    def _send(self, answer: Answer, body: JsonObject, files: list[tuple[str, bytes]]) -> Message:
        flags = body.get("flags")
        hidden = isinstance(flags, int) and bool(flags & EPHEMERAL)
        channel = self._channel(answer)
        return self._messages.send(channel, self._world.bot, body, announce=not hidden, files=files)

    def _answer(self, request: web.Request, unknown: tuple[int, int, str]) -> Answer:
        answer = self._pending.get(request.match_info["token"])
        if answer is None:
            raise DiscordError(unknown)
        return answer

    def _original(self, request: web.Request) -> Message:
        original = self._answer(request, errors.UNKNOWN_WEBHOOK).original
        if original is None:
            raise DiscordError(errors.UNKNOWN_MESSAGE)
        return original

    def _channel(self, answer: Answer) -> "Channel":
        found = self._world.channel(answer.channel_id)
        if found is None:
            raise DiscordError(errors.UNKNOWN_CHANNEL)
        return found[1]

    def _progressed(self) -> None:
        self._progress.set()
        self._progress = asyncio.Event()


def _guild_id(request: web.Request) -> int | None:
    text = request.match_info.get("guild")
    return None if text is None else int(text)

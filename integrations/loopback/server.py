"""The stand-in for Discord: gateway and REST on one port of the loopback."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiohttp import web

from integrations.loopback.delivery import Event, Post
from integrations.loopback.faults import Faults
from integrations.loopback.gateway import Gateway
from integrations.loopback.intents import Intent
from integrations.loopback.interactions import ANSWER_LIMIT, Answer, Interactions
from integrations.loopback.journal import Journal
from integrations.loopback.messages import Message, Messages
from integrations.loopback.people import Person
from integrations.loopback.places import Guild, TextChannel, VoiceChannel
from integrations.loopback.rest import API_BASE, Rest
from integrations.loopback.truth import Truth
from integrations.loopback.world import World

if TYPE_CHECKING:
    from integrations.loopback.connection import Connection

REQUEST_BYTES = 10 * 1024 * 1024
"""The longest request that is read."""

PATIENCE = 60.0
"""Seconds after which what a script waits for will not happen any more on the slowest machine."""

TOKEN = "loopback-token"  # noqa: S105
"""The token a bot logs in with unless another one is asked for."""


class LoopbackDiscord:
    """A Discord of one's own, on 127.0.0.1, for demos and tests.

    Build the world, before or after the start, then let things happen in it::

        async with LoopbackDiscord() as discord:
            plaza = discord.add_guild("Plaza")
            general = plaza.add_voice_channel("General")
            pino = discord.add_user("Pino", plaza)
            ...                        # start a bot against discord.api_url
            pino.joins(general)
            pino.plays("VALORANT", application_id=700136079562375258)
            pino.leaves(lost=True)     # it happens, and the bot is never told

    Actions take effect at once and send their events at once; ``await discord.settled()`` waits
    until they were handed to the sockets, ``await discord.heard()`` until the bot has read them,
    ``await discord.until(...)`` for anything else.

    Attributes:
        truth: what was really played.
        faults: what is wrong at the moment, none at first.
        post: what becomes of events; ``post.fate_of`` decides it for all.
        journal: what the bot sent.
        gateway: sessions, connections, allowed intents, the day's IDENTIFYs.
        rest: rate limits and recommended shards.
        bot: the bot user.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] | None = None,
        token: str = TOKEN,
        bot_name: str = "Latido",
    ) -> None:
        """Prepare a stand-in.

        Args:
            clock: gives the instant, aware and in UTC; None: the system's clock.
            token: the bot's token.
            bot_name: the bot's name.
        """
        self.faults = Faults()
        self.journal = Journal()
        self.world = World(clock, self._deliver)
        self.gateway = Gateway(self.world, self.faults, self.journal, token)
        self.bot = self.world.bot = self._add_person(bot_name, bot=True)
        self._messages = Messages(self.world)
        self._interactions = Interactions(self.world, self._messages)
        self.rest = Rest(
            self.world, self.gateway, self.faults, self.journal, self._messages, self._interactions
        )
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        application = web.Application(
            middlewares=[self.rest.middleware], client_max_size=REQUEST_BYTES
        )
        application.add_routes([web.get("/", self.gateway.handle), *self.rest.routes()])
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        self._runner = runner
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self._port = int(runner.addresses[0][1])

    async def stop(self) -> None:
        """Break off all connections and stop listening, within a second."""
        self.world.post.forget()
        self.faults.recover()
        self.gateway.shut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def api_url(self) -> str:
        """The API's base: ``http://127.0.0.1:PORT/api/v10``."""
        return f"http://127.0.0.1:{self._port}{API_BASE}"

    @property
    def port(self) -> int:
        """The port, to start again on the same one."""
        return self._port

    @property
    def gateway_url(self) -> str:
        """The gateway's address, as ``/gateway/bot`` answers it."""
        return f"ws://127.0.0.1:{self._port}"

    @property
    def token(self) -> str:
        """The bot's token; setting another one is as a reset: the old one is refused."""
        return self.gateway.token

    @token.setter
    def token(self, token: str) -> None:
        self.gateway.token = token

    @property
    def truth(self) -> Truth:
        """What was really played."""
        return self.world.truth

    @property
    def post(self) -> Post:
        """What becomes of events on their way to the bot."""
        return self.world.post

    # The world

    def add_guild(self, name: str, *, shard: tuple[int, int] | None = None) -> Guild:
        """A new guild with the bot in it.

        Args:
            name: its name.
            shard: ``(shard_id, num_shards)``: the guild shall belong to this shard.
        """
        flakes = self.world.snowflakes
        guild_id = flakes.place() if shard is None else flakes.place_in_shard(*shard)
        guild = Guild(self.world, name, guild_id)
        self.world.guilds[guild.id] = guild
        guild.welcomes_bot()
        return guild

    def add_user(self, name: str, *guilds: Guild, bot: bool = False) -> Person:
        """A new person, a member of these guilds."""
        person = self._add_person(name, bot=bot)
        for guild in guilds:
            guild.add_member(person)
        return person

    def allow_intents(self, *, presences: bool = True, members: bool = True) -> None:
        """Switch the privileged intents on or off, as in the developer portal."""
        allowed = Intent.MESSAGE_CONTENT
        if presences:
            allowed |= Intent.GUILD_PRESENCES
        if members:
            allowed |= Intent.GUILD_MEMBERS
        self.gateway.allowed = allowed

    # Connections

    def cut(
        self, *, resumable: bool = True, code: int | None = None, shard_id: int | None = None
    ) -> None:
        """Break off the bot's connections.

        Args:
            resumable: whether the sessions can be resumed; otherwise RESUME gets op 9.
            code: the close code; None: the connection just breaks.
            shard_id: those of one shard only; None: all.
        """
        for connection in tuple(self.gateway.connections):
            session = connection.session
            if shard_id is not None and (session is None or session.shard[0] != shard_id):
                continue
            if session is not None and not resumable:
                self.gateway.sessions.forget(session)
            if code is None:
                connection.cut()
            else:
                connection.close(code)

    def ask_to_reconnect(self) -> None:
        """Send op 7 to every connection: reconnect and resume."""
        for connection in self.gateway.connections:
            connection.send(7)

    def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Send op 9 to every session."""
        for session in self.gateway.sessions:
            if not resumable:
                self.gateway.sessions.forget(session)
            if session.connection is not None:
                session.connection.send(9, data=resumable)

    # What the bot did

    def messages(
        self, channel: TextChannel | VoiceChannel, *, deleted: bool | None = None
    ) -> list[Message]:
        """The messages of a channel, oldest first; deleted ones too, unless ``deleted`` says."""
        return self._messages.inside(channel, deleted=deleted)

    def commands(self, guild: Guild | None = None) -> list[dict[str, object]]:
        """The slash commands the bot has registered, globally or for a guild."""
        return self._interactions.commands(guild)

    async def invoke(
        self,
        person: Person,
        channel: TextChannel | VoiceChannel,
        command: str,
        *,
        options: Mapping[str, object] | None = None,
        wait: float = ANSWER_LIMIT,
        locale: str = "en-US",
        administrator: bool = True,
    ) -> Answer:
        """Let a person give a slash command, and wait for the bot's answer.

        Args:
            person: who gives it.
            channel: where.
            command: its name, with subcommands: ``"history mine"``.
            options: by name; people and channels as they are.
            wait: seconds.
            locale: the language of the person's Discord.
            administrator: whether the person is allowed everything, or nothing.

        Raises:
            CommandOptionError: the command does not take these options.
            NotAnsweredError: there was no answer in time.
            UnknownCommandError: the bot has registered no such command.
        """
        return await self._interactions.invoke(
            person,
            channel,
            command,
            options or {},
            wait,
            locale=locale,
            administrator=administrator,
        )

    async def press(
        self,
        person: Person,
        message: Message,
        custom_id: str,
        *,
        wait: float = ANSWER_LIMIT,
        locale: str = "en-US",
    ) -> Answer:
        """Let a person press a button under a message, and wait for what the bot does.

        Raises:
            LookupError: the message has no such button, or it cannot be pressed.
            NotAnsweredError: there was no answer in time.
        """
        return await self._interactions.press(person, message, custom_id, locale, wait)

    async def until(self, happened: Callable[[], object], *, within: float = PATIENCE) -> None:
        """Wait until ``happened()`` is true.

        Raises:
            NeverHappenedError: it was not within that many seconds.
        """
        await self.journal.until(happened, within)

    async def settled(self, *, within: float = PATIENCE) -> None:
        """Wait until every event, late ones included, was handed to the sockets.

        Raises:
            NeverHappenedError: it was not within that many seconds.
        """
        await self.until(self._all_sent, within=within)

    async def heard(self, *, within: float = PATIENCE) -> None:
        """Wait until every bot that is connected has taken in all that was sent to it so far.

        It is asked for a heartbeat, and answers with the number of the last event that it has
        read (gateway documentation, "Heartbeat Requests"); and then once more, for what it has
        read it may act on after it has answered.

        Raises:
            NeverHappenedError: it had not within that many seconds.
        """
        goals = {session: session.sequence for session in self.gateway.sessions}
        asked: dict[Connection, int] = {}

        def all_have_heard() -> bool:
            done = True
            for session, goal in goals.items():
                connection = session.connection
                if connection is None or session.heard >= goal:
                    continue
                done = False
                if asked.get(connection) != session.answers:
                    asked[connection] = session.answers
                    connection.send(1)
            return done

        await self.until(all_have_heard, within=within)

    def lateness(self, since: datetime) -> float:
        """How late the bots heard of what happened since then, at most, in seconds.

        What they may not have heard yet is as late as it is long ago; :meth:`heard` waits for
        it. What was never sent, or is sent again after a RESUME, is not counted as late for that.
        """
        return self.gateway.sessions.lateness(since)

    async def connected(self, sessions: int = 1, *, within: float = PATIENCE) -> None:
        """Wait until that many gateway sessions are connected.

        Raises:
            NeverHappenedError: they were not within that many seconds.
        """
        await self.until(lambda: self._connected() >= sessions, within=within)

    def _connected(self) -> int:
        return sum(session.connection is not None for session in self.gateway.sessions)

    def _all_sent(self) -> bool:
        busy = any(not connection.idle for connection in self.gateway.connections)
        return not busy and not self.post.undelivered

    def _deliver(self, event: Event) -> None:
        self.gateway.sessions.deliver(event)

    def _add_person(self, name: str, *, bot: bool) -> Person:
        person = Person(self.world, name, self.world.snowflakes.place(), bot=bot)
        self.world.people[person.id] = person
        return person

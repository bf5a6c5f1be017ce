"""The REST routes that a bot of ours touches, at ``/api/v10``."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

from aiohttp import web

from integrations.loopback import errors, payloads
from integrations.loopback.errors import DiscordError
from integrations.loopback.faults import PROXY_PAGE, Faults, RestFault
from integrations.loopback.gateway import Gateway
from integrations.loopback.http_json import json_answer, read_object
from integrations.loopback.intents import application_flags
from integrations.loopback.interactions import Interactions
from integrations.loopback.journal import Journal, Request
from integrations.loopback.limits import RateLimits, too_many
from integrations.loopback.messages import Messages
from integrations.loopback.world import World

if TYPE_CHECKING:
    from integrations.loopback.delivery import JsonObject
    from integrations.loopback.people import Person
    from integrations.loopback.places import Channel, Guild

API_BASE = "/api/v10"

REQUEST_LIMIT = 200
"""Requests under way at once; more are answered 503."""

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Rest:
    """Answers requests, with the faults that are in force."""

    def __init__(
        self,
        world: World,
        gateway: Gateway,
        faults: Faults,
        journal: Journal,
        messages: Messages,
        interactions: Interactions,
    ) -> None:
        self.limits = RateLimits()
        self.shards = 1
        self._under_way = 0
        self._world = world
        self._gateway = gateway
        self._faults = faults
        self._journal = journal
        self._messages = messages
        self._interactions = interactions

    def routes(self) -> list[web.RouteDef]:
        """The routes, for an aiohttp application."""
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/gateway", self._get_gateway),
            ("GET", "/gateway/bot", self._get_gateway_bot),
            ("GET", "/users/@me", self._get_me),
            ("GET", "/users/@me/guilds", self._get_my_guilds),
            ("GET", "/users/{user}", self._get_user),
            ("GET", "/applications/@me", self._get_application),
            ("GET", "/oauth2/applications/@me", self._get_application),
            ("GET", "/guilds/{guild}", self._get_guild),
            ("GET", "/guilds/{guild}/channels", self._get_channels),
            ("GET", "/guilds/{guild}/members/{user}", self._get_member),
            ("GET", "/guilds/{guild}/voice-states/{user}", self._get_voice_state),
            ("GET", "/channels/{channel}", self._get_channel),
            ("GET", "/channels/{channel}/messages", self._get_messages),
            ("POST", "/channels/{channel}/messages", self._send_message),
            ("GET", "/channels/{channel}/messages/{message}", self._get_message),
            ("PATCH", "/channels/{channel}/messages/{message}", self._edit_message),
            ("DELETE", "/channels/{channel}/messages/{message}", self._delete_message),
        ]
        table += self._interactions.routes()
        return [web.route(method, API_BASE + path, handler) for method, path, handler in table]

    @web.middleware
    async def middleware(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Everything around a route: faults, the token, rate limits, errors, the journal."""
        if not request.path.startswith("/api/"):
            return await handler(request)
        path = request.path.removeprefix(API_BASE)
        if self._under_way >= REQUEST_LIMIT:
            return _error(*errors.UNAVAILABLE)
        self._under_way += 1
        try:
            response = await self._answer(request, path, handler)
        finally:
            self._under_way -= 1
        body = None
        if request.body_exists:
            with contextlib.suppress(DiscordError):
                body = await read_object(request)
        entry = Request(self._world.now(), request.method, path, response.status, body)
        self._journal.requests.append(entry)
        self._journal.changed()
        return response

    async def _answer(
        self,
        request: web.Request,
        path: str,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        bucket = _bucket_of(request)
        fault = self._faults.rest_fault(request.method, path)
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if fault.status is not None:
                return _spoilt(fault, fault.status, bucket)
        allowed, told = self.limits.take(bucket)
        if not allowed:
            return too_many(bucket, float(told["X-RateLimit-Reset-After"]), everywhere=False)
        try:
            self._check_token(request, path)
            response = await handler(request)
        except DiscordError as error:
            response = _error(error.status, error.code, error.message)
        except web.HTTPError as error:
            response = _error(error.status, 0, f"{error.status}: {error.reason}")
        response.headers.update(told)
        if self._faults.clock_is_off_by:
            response.headers["Date"] = formatdate(
                self._world.now().timestamp() + self._faults.clock_is_off_by, usegmt=True
            )
        return response

    def _check_token(self, request: web.Request, path: str) -> None:
        carries_its_own = path == "/gateway" or path.startswith(("/interactions/", "/webhooks/"))
        told = request.headers.get("Authorization")
        if not carries_its_own and told != f"Bot {self._gateway.token}":
            raise DiscordError(errors.UNAUTHORIZED)

    # The gateway's address and the bot itself

    async def _get_gateway(self, request: web.Request) -> web.Response:
        return json_answer({"url": f"ws://{request.host}"})

    async def _get_gateway_bot(self, request: web.Request) -> web.Response:
        starts = self._gateway.starts
        limit = {
            "total": starts.total,
            "remaining": starts.remaining,
            "reset_after": int(starts.reset_after * 1000),
            "max_concurrency": starts.max_concurrency,
        }
        body = {
            "url": f"ws://{request.host}",
            "shards": self.shards,
            "session_start_limit": limit,
        }
        return json_answer(body)

    async def _get_me(self, _: web.Request) -> web.Response:
        return json_answer(payloads.user(self._world.bot))

    async def _get_my_guilds(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", "0"))
        limit = int(request.query.get("limit", "200"))
        mine = [one for one in self._world.guilds.values() if one.has_bot and one.id > after]
        mine.sort(key=lambda one: one.id)
        return json_answer([payloads.partial_guild(one) for one in mine[:limit]])

    async def _get_user(self, request: web.Request) -> web.Response:
        person = self._world.people.get(_snowflake(request, "user"))
        if person is None:
            raise DiscordError(errors.UNKNOWN_USER)
        return json_answer(payloads.user(person))

    async def _get_application(self, _: web.Request) -> web.Response:
        bot = self._world.bot
        body: JsonObject = {
            "id": str(bot.id),
            "name": bot.name,
            "icon": None,
            "description": "",
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "owner": payloads.user(bot),
            "team": None,
            "flags": application_flags(self._gateway.allowed),
            "bot": payloads.user(bot),
        }
        return json_answer(body)

    # Guilds

    async def _get_guild(self, request: web.Request) -> web.Response:
        return json_answer(payloads.guild_object(self._guild(request)))

    async def _get_channels(self, request: web.Request) -> web.Response:
        channels = self._guild(request).channels.values()
        return json_answer([payloads.channel(c) for c in channels if c.can_view])

    async def _get_member(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        return json_answer(payloads.member(guild, self._person(request, guild)))

    async def _get_voice_state(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        person = self._person(request, guild, unknown=errors.UNKNOWN_VOICE_STATE)
        state = guild.voice_states.get(person.id)
        if state is None:
            raise DiscordError(errors.UNKNOWN_VOICE_STATE)
        channel = guild.channels[state.channel_id]
        if not channel.can_view:
            raise DiscordError(errors.MISSING_ACCESS)
        if not channel.can_connect:
            raise DiscordError(errors.MISSING_PERMISSIONS)
        return json_answer(payloads.voice_state(guild, person))

    # Messages

    async def _get_channel(self, request: web.Request) -> web.Response:
        return json_answer(payloads.channel(self._channel(request)))

    async def _get_messages(self, request: web.Request) -> web.Response:
        limit = int(request.query.get("limit", "50"))
        found = self._messages.inside(self._channel(request), deleted=False)
        newest_first = found[::-1][:limit]
        return json_answer([self._messages.payload(message) for message in newest_first])

    async def _send_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        if not channel.can_send:
            raise DiscordError(errors.MISSING_PERMISSIONS)
        message = self._messages.send(channel, self._world.bot, await read_object(request))
        return json_answer(self._messages.payload(message))

    async def _get_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = self._messages.get(channel, _snowflake(request, "message"))
        return json_answer(self._messages.payload(message))

    async def _edit_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = self._messages.get(channel, _snowflake(request, "message"))
        self._messages.edit(channel, message, await read_object(request))
        return json_answer(self._messages.payload(message))

    async def _delete_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        self._messages.delete(channel, self._messages.get(channel, _snowflake(request, "message")))
        return web.Response(status=204)

    # What a path names

    def _guild(self, request: web.Request) -> "Guild":
        guild = self._world.guilds.get(_snowflake(request, "guild"))
        if guild is None or not guild.has_bot:
            raise DiscordError(errors.UNKNOWN_GUILD)
        if guild.out and not guild.rest_answers:
            raise DiscordError(errors.UNAVAILABLE)
        return guild

    def _person(
        self,
        request: web.Request,
        guild: "Guild",
        unknown: tuple[int, int, str] = errors.UNKNOWN_MEMBER,
    ) -> "Person":
        mine = request.match_info["user"] == "@me"
        user_id = self._world.bot.id if mine else _snowflake(request, "user")
        if user_id not in guild.members:
            raise DiscordError(unknown)
        return self._world.people[user_id]

    def _channel(self, request: web.Request) -> "Channel":
        found = self._world.channel(_snowflake(request, "channel"))
        if found is None or not found[0].has_bot:
            raise DiscordError(errors.UNKNOWN_CHANNEL)
        if not found[1].can_view:
            raise DiscordError(errors.MISSING_ACCESS)
        return found[1]


def _snowflake(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not text.isdigit():
        raise DiscordError(errors.INVALID_FORM)
    return int(text)


def _bucket_of(request: web.Request) -> str:
    """A bucket for each route and each guild, channel or webhook in its path."""
    resource = request.match_info.route.resource
    route = "unknown" if resource is None else resource.canonical
    major = next((v for k, v in request.match_info.items() if k in {"guild", "channel"}), "")
    return f"{request.method} {route}:{major}"


def _error(status: int, code: int, message: str) -> web.Response:
    return json_answer({"message": message, "code": code}, status=status)


def _spoilt(fault: RestFault, status: int, bucket: str) -> web.Response:
    if fault.html:
        return web.Response(status=status, text=PROXY_PAGE, content_type="text/html")
    if status == 429:  # noqa: PLR2004
        return too_many(bucket, fault.retry_after, everywhere=fault.everywhere)
    return _error(status, fault.code, f"{status}: spoilt by the stand-in")

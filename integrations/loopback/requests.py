"""Gateway requests with an answer: members (op 8) and channel info (op 43)."""

from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from integrations.loopback import payloads
from integrations.loopback.delivery import JsonObject
from integrations.loopback.intents import Intent

if TYPE_CHECKING:
    from integrations.loopback.people import Person
    from integrations.loopback.places import Guild
    from integrations.loopback.sessions import GatewaySession
    from integrations.loopback.world import World

CHUNK_SIZE = 1_000
QUERY_LIMIT = 100
FULL_REQUEST_EVERY = 30.0
"""Seconds between two requests for all members of a guild (change log, "Introducing Rate Limit
When Requesting All Guild Members")."""

_NONCE_LIMIT = 32

Snowflake = int | str


class MemberRequest(msgspec.Struct):
    """The payload of op 8 (gateway events, "Request Guild Members")."""

    guild_id: Snowflake
    query: str | None = None
    limit: int = 0
    presences: bool = False
    user_ids: Snowflake | list[Snowflake] | None = None
    nonce: str | None = None

    @property
    def wants_everyone(self) -> bool:
        """Whether it asks for the whole member list."""
        return self.user_ids is None and self.query == "" and self.limit == 0


class ChannelInfoRequest(msgspec.Struct):
    """The payload of op 43 (gateway events, "Request Channel Info")."""

    guild_id: Snowflake
    fields: list[str]


class Requests:
    """Answers them; one per stand-in, for the limit on whole member lists holds over sessions."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._full_requests: dict[int, float] = {}

    def members(
        self, request: MemberRequest, session: "GatewaySession"
    ) -> Iterator[tuple[str, JsonObject]]:
        """The dispatches that answer op 8; none for a guild that is out or not the session's."""
        guild = self._guild(request.guild_id, session)
        if guild is None:
            return
        if request.wants_everyone:
            if Intent.GUILD_MEMBERS not in session.viewer.intents:
                return
            wait = self._wait_for_full_request(guild)
            if wait > 0:
                meta = {"guild_id": str(guild.id), "nonce": request.nonce}
                yield "RATE_LIMITED", {"opcode": 8, "retry_after": wait, "meta": meta}
                return
        people, not_found = self._matching(request, guild)
        presences = request.presences and Intent.GUILD_PRESENCES in session.viewer.intents
        starts = range(0, max(1, len(people)), CHUNK_SIZE)
        for index, start in enumerate(starts):
            shown = people[start : start + CHUNK_SIZE]
            body: JsonObject = {
                "guild_id": str(guild.id),
                "members": [payloads.member(guild, person) for person in shown],
                "chunk_index": index,
                "chunk_count": len(starts),
            }
            if not_found:
                body["not_found"] = not_found
            if presences:
                online = [person for person in shown if person.status != "offline"]
                body["presences"] = [payloads.presence(guild, person) for person in online]
            if request.nonce is not None and len(request.nonce.encode()) <= _NONCE_LIMIT:
                body["nonce"] = request.nonce
            yield "GUILD_MEMBERS_CHUNK", body

    def channel_info(
        self, request: ChannelInfoRequest, session: "GatewaySession"
    ) -> Iterator[tuple[str, JsonObject]]:
        """The dispatch that answers op 43; none for a guild that is out or not the session's."""
        guild = self._guild(request.guild_id, session)
        if guild is None:
            return
        channels: list[JsonObject] = []
        for channel in guild.voice_channels.values():
            info: JsonObject = {"id": str(channel.id)}
            if "status" in request.fields:
                info["status"] = None
            if "voice_start_time" in request.fields:
                info["voice_start_time"] = payloads.call_start(channel)
            if channel.can_view:
                channels.append(info)
        yield "CHANNEL_INFO", {"guild_id": str(guild.id), "channels": channels}

    def _guild(self, guild_id: Snowflake, session: "GatewaySession") -> "Guild | None":
        guild = self._world.guilds.get(int(guild_id))
        if guild is None or guild.out or not guild.has_bot or not session.covers(guild.id):
            return None
        return guild

    def _matching(self, request: MemberRequest, guild: "Guild") -> tuple[list["Person"], list[str]]:
        limit = request.limit or (QUERY_LIMIT if not request.wants_everyone else None)
        if request.user_ids is None:
            prefix = (request.query or "").casefold()
            everyone = [self._world.people[user_id] for user_id in guild.members]
            found = [person for person in everyone if person.name.casefold().startswith(prefix)]
            return found[:limit], []
        asked = request.user_ids if isinstance(request.user_ids, list) else [request.user_ids]
        ids = [int(user_id) for user_id in asked[:QUERY_LIMIT]]
        found = [self._world.people[user_id] for user_id in ids if user_id in guild.members]
        missing = [str(user_id) for user_id in ids if user_id not in guild.members]
        return found[:limit], missing

    def _wait_for_full_request(self, guild: "Guild") -> float:
        now = monotonic()
        wait = self._full_requests.get(guild.id, now) - now
        if wait <= 0:
            self._full_requests[guild.id] = now + FULL_REQUEST_EVERY
        return wait

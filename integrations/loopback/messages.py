"""The messages that were sent, edited and deleted, with the instants of it."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from integrations.loopback import payloads
from integrations.loopback.delivery import JsonObject
from integrations.loopback.errors import EMPTY_MESSAGE, UNKNOWN_MESSAGE, DiscordError

if TYPE_CHECKING:
    from integrations.loopback.people import Person
    from integrations.loopback.places import Channel
    from integrations.loopback.world import World

MESSAGE_LIMIT = 10_000
"""Messages kept; older ones make room."""

EPHEMERAL = 1 << 6


class Message(msgspec.Struct, eq=False):
    """A message; deleted ones are kept too, with ``deleted_at``.

    Attributes:
        fields: what was sent beside the content: embeds, components, allowed mentions.
        files: what was attached, as name and bytes.
    """

    id: int
    channel_id: int
    author_id: int
    content: str
    sent_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    flags: int = 0
    fields: JsonObject = {}
    files: list[tuple[str, bytes]] = []

    @property
    def components(self) -> list[object]:
        """Its rows of buttons as they were sent."""
        components = self.fields.get("components")
        return components if isinstance(components, list) else []

    @property
    def ephemeral(self) -> bool:
        """Whether only the one who gave the command sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def embeds(self) -> list[object]:
        """Its embeds as they were sent."""
        embeds = self.fields.get("embeds")
        return embeds if isinstance(embeds, list) else []


def pressable(message: Message) -> list[str]:
    """The ``custom_id`` of each button of a message that can be pressed."""
    rows = msgspec.convert(message.components, list[_Row], strict=False)
    buttons = (button for row in rows for button in row.components)
    return [one.custom_id for one in buttons if one.custom_id and not one.disabled]


class _Button(msgspec.Struct):
    custom_id: str = ""
    disabled: bool = False


class _Row(msgspec.Struct):
    components: list[_Button] = []


class Messages:
    """Every message of every channel."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._by_id: dict[int, Message] = {}

    def inside(self, channel: "Channel", *, deleted: bool | None = None) -> list[Message]:
        """A channel's messages, oldest first; with ``deleted`` only (un)deleted ones."""
        return [
            message
            for message in self._by_id.values()
            if message.channel_id == channel.id
            and deleted in {None, message.deleted_at is not None}
        ]

    def send(
        self,
        channel: "Channel",
        author: "Person",
        body: JsonObject,
        *,
        announce: bool = True,
        files: list[tuple[str, bytes]] | None = None,
    ) -> Message:
        """Keep a message, and announce it with MESSAGE_CREATE.

        Raises:
            DiscordError: it is empty.
        """
        content = body.get("content") or ""
        if not (content or files or body.get("embeds") or body.get("components")):
            raise DiscordError(EMPTY_MESSAGE)
        now = self._world.now()
        flags = body.get("flags")
        message = Message(
            id=self._world.snowflakes.at(now),
            channel_id=channel.id,
            author_id=author.id,
            content=str(content),
            sent_at=now,
            flags=flags if isinstance(flags, int) else 0,
            fields={name: body[name] for name in ("embeds", "components") if body.get(name)},
            files=files or [],
        )
        self._by_id[message.id] = message
        if len(self._by_id) > MESSAGE_LIMIT:
            del self._by_id[next(iter(self._by_id))]
        if announce:
            guild_id = channel.guild.id
            payload = self.payload(message) | {"guild_id": str(guild_id)}
            self._world.publish("MESSAGE_CREATE", guild_id, payload)
        return message

    def get(self, channel: "Channel", message_id: int) -> Message:
        """A message that was not deleted.

        Raises:
            DiscordError: there is none.
        """
        message = self._by_id.get(message_id)
        if message is None or message.channel_id != channel.id or message.deleted_at is not None:
            raise DiscordError(UNKNOWN_MESSAGE)
        return message

    def edit(
        self,
        channel: "Channel",
        message: Message,
        body: JsonObject,
        files: list[tuple[str, bytes]] | None = None,
    ) -> None:
        """Change what a message says; a list of attachments replaces those it had."""
        if "attachments" in body or files:
            message.files = files or []
        if "content" in body:
            message.content = str(body["content"] or "")
        kept = {name: body[name] for name in ("embeds", "components") if name in body}
        message.fields = message.fields | kept
        message.edited_at = self._world.now()
        if not message.ephemeral:
            payload = self.payload(message) | {"guild_id": str(channel.guild.id)}
            self._world.publish("MESSAGE_UPDATE", channel.guild.id, payload)

    def delete(self, channel: "Channel", message: Message) -> None:
        """Take a message away; it is kept here with the instant."""
        message.deleted_at = self._world.now()
        guild_id = channel.guild.id
        body: JsonObject = {
            "id": str(message.id),
            "channel_id": str(channel.id),
            "guild_id": str(guild_id),
        }
        self._world.publish("MESSAGE_DELETE", guild_id, body)

    def payload(self, message: Message) -> JsonObject:
        """A message object."""
        edited = message.edited_at
        return {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
            "author": payloads.user(self._world.people[message.author_id]),
            "content": message.content,
            "timestamp": message.sent_at.isoformat(),
            "edited_timestamp": None if edited is None else edited.isoformat(),
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [
                {
                    "id": str(message.id + number),
                    "filename": name,
                    "size": len(data),
                    "url": f"https://cdn.invalid/{message.id}/{name}",
                    "proxy_url": f"https://cdn.invalid/{message.id}/{name}",
                }
                for number, (name, data) in enumerate(message.files, start=1)
            ],
            "embeds": message.embeds,
            "components": message.fields.get("components", []),
            "pinned": False,
            "type": 0,
            "flags": message.flags,
        }

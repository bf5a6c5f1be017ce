"""The stand-in's world: guilds, channels and people, and the clock they live by.

Things happen in it through the methods of :class:`~integrations.loopback.people.Person`,
:class:`~integrations.loopback.places.Guild` and the channels. Each changes the world, is written
down in the truth, and sends the events that Discord would send, with the fate it was given.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from integrations.loopback.delivery import Event, Fate, JsonObject, Post, Viewer
from integrations.loopback.snowflake import Snowflakes
from integrations.loopback.truth import Truth

if TYPE_CHECKING:
    from integrations.loopback.people import Person
    from integrations.loopback.places import Guild, TextChannel, VoiceChannel


class World:
    """Everything there is, whether a bot is connected or not.

    Attributes:
        bot: the bot user that connects; a member of every guild it was not removed from.
        guilds: by id, all guilds, those the bot was removed from included.
        people: by id, everyone, the bot included.
        truth: what was really played.
        post: what becomes of events on their way.
    """

    bot: "Person"

    def __init__(
        self, clock: Callable[[], datetime] | None, deliver: Callable[[Event], None]
    ) -> None:
        self.guilds: dict[int, Guild] = {}
        self.people: dict[int, Person] = {}
        self.truth = Truth()
        self.post = Post(deliver)
        self.snowflakes = Snowflakes()
        self._clock = clock
        self._numbers = count(1)

    def now(self) -> datetime:
        """The instant, aware and in UTC, by the clock the stand-in was given."""
        return datetime.now(UTC) if self._clock is None else self._clock()

    def number(self) -> int:
        """A number that was not given out before."""
        return next(self._numbers)

    def publish(
        self,
        name: str,
        guild_id: int,
        body: JsonObject | Callable[[Viewer], JsonObject],
        fate: Fate | None = None,
        at: datetime | None = None,
    ) -> None:
        """Send a guild's event, unless the guild is out or the bot is not in it.

        Args:
            name: the event's name.
            guild_id: the guild's id.
            body: its payload.
            fate: what becomes of it.
            at: when it happened; None: now.
        """
        guild = self.guilds.get(guild_id)
        if guild is not None and guild.has_bot and not guild.out:
            self.post.send(Event(name, guild_id, body, at or self.now()), fate or {})

    def channel(self, channel_id: int) -> "tuple[Guild, TextChannel | VoiceChannel] | None":
        """A channel and its guild by the channel's id; None where there is none."""
        for guild in self.guilds.values():
            channel = guild.channels.get(channel_id)
            if channel is not None:
                return guild, channel
        return None

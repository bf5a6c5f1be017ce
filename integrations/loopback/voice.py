"""Who is in which voice channel, and the events that say so."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from integrations.loopback import payloads
from integrations.loopback.delivery import Fate

if TYPE_CHECKING:
    from integrations.loopback.people import Person
    from integrations.loopback.places import Guild, VoiceChannel


class VoiceState(msgspec.Struct, eq=False):
    """A person in a voice channel (Discord's voice resource, "Voice State Object").

    Attributes:
        session_id: that of the person's connection: new with each join, kept by a move.
    """

    user_id: int
    channel_id: int
    session_id: str
    self_mute: bool = False
    self_deaf: bool = False
    mute: bool = False
    deaf: bool = False
    self_video: bool = False
    self_stream: bool = False


def change_channel(
    guild: "Guild",
    person: "Person",
    channel: "VoiceChannel | None",
    fate: Fate,
    *,
    start_time_lost: bool | None = None,
) -> None:
    """Put a person into a channel of the guild, or out of voice (None), and say so.

    The person's event comes first, then those of calls that ended or began.

    Args:
        guild: the guild.
        person: who.
        channel: where to; None: out of voice.
        fate: what becomes of the person's own event.
        start_time_lost: whether VOICE_CHANNEL_START_TIME_UPDATE is lost; None: with the event.
    """
    world = guild.world
    state = guild.voice_states.get(person.id)
    left_id = None if state is None else state.channel_id
    entered_id = None if channel is None else channel.id
    if channel is None:
        guild.voice_states.pop(person.id, None)
    elif state is None:
        state = VoiceState(person.id, channel.id, session_id=f"{world.number():032x}")
        guild.voice_states[person.id] = state
    else:
        state.channel_id = channel.id
    now = world.now()
    world.truth.voice(guild.id, person.id, entered_id, now)
    publish_voice_state(guild, person, fate, now)

    lost = fate.get("lost", False) if start_time_lost is None else start_time_lost
    for touched_id in (left_id, entered_id):
        if touched_id is not None:
            _update_call(guild, touched_id, now, lost=lost)


def publish_voice_state(
    guild: "Guild", person: "Person", fate: Fate, at: datetime | None = None
) -> None:
    """Send the voice state of a person as it is now; it is so since ``at`` (None: now)."""
    body = payloads.voice_state(guild, person)
    guild.world.publish("VOICE_STATE_UPDATE", guild.id, body, fate, at)


def _update_call(guild: "Guild", channel_id: int, now: datetime, *, lost: bool) -> None:
    """Begin or end the call in a channel where its last or first person makes the difference."""
    channel = guild.voice_channels[channel_id]
    if bool(channel.people) == (channel.call_started_at is not None):
        return
    channel.call_started_at = now if channel.people else None
    body = payloads.start_time(guild, channel)
    fate: Fate = {"lost": True} if lost else {}
    guild.world.publish("VOICE_CHANNEL_START_TIME_UPDATE", guild.id, body, fate, now)

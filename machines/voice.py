"""The voice machine: one person in voice in one guild, through however many channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines.lifecycle import Row, lifecycle
from machines.machine import SessionMachine
from machines.outcomes import save
from machines.session import Stay, VoiceSession

if TYPE_CHECKING:
    from machines.session import AnySession
    from machines.step import Step

__all__ = ["VOICE"]


def move_channel(session: AnySession, step: Step) -> None:
    """Begin a stay in another channel; the session goes on."""
    change = step.change
    if change is None or type(session) is not VoiceSession:
        return
    if change.username is not None:
        session.username = change.username
    channel_id, channel_name = change.channel_id, change.channel_name
    if channel_id is None or channel_name is None:
        return
    if channel_id != session.channel_id:
        stays = session.stays
        since = max(stays[-1].since, step.moment)
        floor = step.since if change.floor is None else change.floor
        floor = since if floor is None else min(floor, since)
        session.moved = (*stays, Stay(channel_id, channel_name, since, floor))
    session.channel_id, session.channel_name = channel_id, channel_name


# fmt: off
VOICE = SessionMachine("voice", lifecycle(
    Row("update",   ("pending",), None, (),
        (move_channel,),
        "moved to another channel"),
    Row("update",   ("confirmed", "recovered"), None, (),
        (move_channel, save),
        "moved to another channel: the session goes on"),
))
# fmt: on

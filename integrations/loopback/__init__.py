"""A stand-in for Discord on the loopback: for the demo, the tests and embedders' own tests.

It speaks the gateway (v10) and the REST routes that a session-keeping bot touches, on an
ephemeral port of 127.0.0.1, and keeps what it plays as the truth to compare with. It can lie:
events that are lost, late, sent twice or overtaken, outages, cut and frozen connections, REST
that fails. Start at :class:`LoopbackDiscord`; :func:`pointed_at` is imported from
``integrations.loopback.pointing``, the one module here that imports discord.py.
"""

from integrations.loopback.delivery import Event, Fate
from integrations.loopback.faults import Faults, RestFault
from integrations.loopback.intents import Intent
from integrations.loopback.interactions import Answer, NotAnsweredError, UnknownCommandError
from integrations.loopback.invocation import CommandOptionError
from integrations.loopback.journal import NeverHappenedError, Received, Request
from integrations.loopback.messages import Message
from integrations.loopback.people import Activity, NotInVoiceError, Person, UnnamedActivityError
from integrations.loopback.places import Guild, Role, TextChannel, VoiceChannel
from integrations.loopback.server import TOKEN, LoopbackDiscord
from integrations.loopback.truth import GameInterval, Interval, Truth, VoiceStay

__all__ = [
    "TOKEN",
    "Activity",
    "Answer",
    "CommandOptionError",
    "Event",
    "Fate",
    "Faults",
    "GameInterval",
    "Guild",
    "Intent",
    "Interval",
    "LoopbackDiscord",
    "Message",
    "NeverHappenedError",
    "NotAnsweredError",
    "NotInVoiceError",
    "Person",
    "Received",
    "Request",
    "RestFault",
    "Role",
    "TextChannel",
    "Truth",
    "UnknownCommandError",
    "UnnamedActivityError",
    "VoiceChannel",
    "VoiceStay",
]

"""When sessions do what they may: observations and time in, transitions and effects out.

No input or output, no asyncio, no Discord library. A driver needs three calls and one
question: :meth:`SessionEngine.observe` for news, :meth:`SessionEngine.validate` for a look at
the live guild, :meth:`SessionEngine.advance` when :attr:`SessionEngine.next_deadline` has
come. Each returns effects, to be carried out in order.

The path of one voice event: ``session_engine`` has everything fired that came due before it
(``coming_due``), and ``dispatch`` hands the event to ``people``, which decides on triggers (start,
update, lose, return); ``firing`` surrounds a trigger with its step, fires it at the machine
(``machines.lifecycle``), and keeps registry, deadlines and cooldowns in step with the session;
``parties`` then follow from the games. Of most events nothing follows but that somebody is still
there: they go no further than ``sightings``.

A look at a guild goes through ``validation`` instead, which has ``asking`` judge what it says of
each person; what bounds that are ``absences``, by how far each guild was watched (``watching``).
What befalls whole guilds (``upheavals``) comes to their sessions one by one (``sweeps``), with
events in between.
"""

from engine.deadlines import NEVER
from engine.games import GameRules
from engine.look import Look
from engine.observation import (
    ActivitySeen,
    Channel,
    ChannelDeleted,
    ChannelUncounted,
    ClockStepped,
    GuildRemoved,
    MemberRemoved,
    Observation,
    OptedIn,
    OptedOut,
    PeopleCounted,
    PresenceObserved,
    VoiceObserved,
    Watched,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from engine.policy import policy_of
from engine.report import Call, GuildReport, LiveReport, Memory, MergedReport
from engine.session_engine import SessionEngine
from engine.settings import Settings
from engine.shifting import hold_to_present, shift_state, shift_whole

__all__ = [
    "NEVER",
    "ActivitySeen",
    "Call",
    "Channel",
    "ChannelDeleted",
    "ChannelUncounted",
    "ClockStepped",
    "GameRules",
    "GuildRemoved",
    "GuildReport",
    "LiveReport",
    "Look",
    "MemberRemoved",
    "Memory",
    "MergedReport",
    "Observation",
    "OptedIn",
    "OptedOut",
    "PeopleCounted",
    "PresenceObserved",
    "SessionEngine",
    "Settings",
    "VoiceObserved",
    "WatchLost",
    "WatchPaused",
    "WatchResumed",
    "Watched",
    "hold_to_present",
    "policy_of",
    "shift_state",
    "shift_whole",
]

"""What a session may do: states, triggers, guards, actions.

The rules
---------
1. A session is one person in voice, one person with one game, or one party, in one guild.
2. It is in one of five states: ``pending`` (seen, not yet counted), ``confirmed`` and
   ``recovered`` (live: it counts), ``ended`` and ``orphaned`` (over). ``new`` is where the
   arrow into the diagram begins; nothing stays there.
3. It changes only when a trigger is fired at it, and then exactly as the first row of its
   table says whose guards hold. A trigger without a row is an error, not a no-op.
4. Guards decide from evidence: present, absent or unknown. Unknown never ends anything.
5. Actions change the session and append effects; they do nothing else. No clock is read, no
   file written, nothing awaited here.
6. What a record asserts is true: time that nobody watched is unknown in it, not guessed.

Theory of operation
-------------------
``lifecycle`` holds the one table that the three kinds share; ``voice``, ``game`` and
``party`` add rows of their own and build one ``transitions`` machine each. To drive
a session, make a :class:`Step` (the instant, the evidence, the policy) and call
``MACHINES[session.kind].fire(trigger, session, step)``: the session has moved, and
``step.effects`` says what the outside should do about it. The diagrams in docs/ are drawn
from these tables.

What a session comes to is a ``timeline``, and a ``record`` once it is over. That of a party follows
from those of its players: when how many were there (``attendance``), and when that was enough
(``together``). One that never ends is written down in ``chapters``.
"""

from machines.attendance import Attendance, add_up, attendance_of, attendance_since
from machines.chapters import (
    is_cut_by,
    most_at_once,
    next_chapter,
    next_chapter_id,
    part_after,
    part_before,
)
from machines.effects import (
    BotEvent,
    BotEventName,
    CooldownStarted,
    Effect,
    LogLevel,
    LogLine,
    NoticeDue,
    NoticeWithdrawn,
    RecordEnded,
    SavedLine,
    SessionChanged,
    WatchChanged,
    WatchKept,
)
from machines.evidence import Evidence, Gap, LiveGuild, Presence, Source
from machines.game import GAME
from machines.instant import (
    SECOND,
    Instant,
    Moment,
    NaiveDatetimeError,
    from_datetime,
    instant_of,
    seconds,
    to_datetime,
)
from machines.lifecycle import Row
from machines.machine import ForbiddenTriggerError, SessionMachine
from machines.party import PARTY
from machines.record import Record, record_of, timeline_of
from machines.session import (
    KINDS,
    LIVE,
    STATES,
    TERMINAL,
    ActivityType,
    AnySession,
    Deadline,
    GameSession,
    Kind,
    PartySession,
    Player,
    Reason,
    Session,
    State,
    Stay,
    Trigger,
    VoiceSession,
    player_of,
)
from machines.shares import by_channel, by_day, cut_for, in_stays, reach_of
from machines.snowflake import LARGEST_ID, Snowflake
from machines.state import (
    Cooldown,
    CooldownEnds,
    GuildWatch,
    LiveState,
    LiveView,
    let_go_of_ends,
)
from machines.step import Change, GapPolicy, OrphanCredit, Policy, Step
from machines.timeline import Account, Span, Stretch, Timeline, spans
from machines.together import ended_together
from machines.voice import VOICE

MACHINES: dict[Kind, SessionMachine] = {"voice": VOICE, "game": GAME, "party": PARTY}
"""The machine of each kind."""

__all__ = [
    "GAME",
    "KINDS",
    "LARGEST_ID",
    "LIVE",
    "MACHINES",
    "PARTY",
    "SECOND",
    "STATES",
    "TERMINAL",
    "VOICE",
    "Account",
    "ActivityType",
    "AnySession",
    "Attendance",
    "BotEvent",
    "BotEventName",
    "Change",
    "Cooldown",
    "CooldownEnds",
    "CooldownStarted",
    "Deadline",
    "Effect",
    "Evidence",
    "ForbiddenTriggerError",
    "GameSession",
    "Gap",
    "GapPolicy",
    "GuildWatch",
    "Instant",
    "Kind",
    "LiveGuild",
    "LiveState",
    "LiveView",
    "LogLevel",
    "LogLine",
    "Moment",
    "NaiveDatetimeError",
    "NoticeDue",
    "NoticeWithdrawn",
    "OrphanCredit",
    "PartySession",
    "Player",
    "Policy",
    "Presence",
    "Reason",
    "Record",
    "RecordEnded",
    "Row",
    "SavedLine",
    "Session",
    "SessionChanged",
    "SessionMachine",
    "Snowflake",
    "Source",
    "Span",
    "State",
    "Stay",
    "Step",
    "Stretch",
    "Timeline",
    "Trigger",
    "VoiceSession",
    "WatchChanged",
    "WatchKept",
    "add_up",
    "attendance_of",
    "attendance_since",
    "by_channel",
    "by_day",
    "cut_for",
    "ended_together",
    "from_datetime",
    "in_stays",
    "instant_of",
    "is_cut_by",
    "let_go_of_ends",
    "most_at_once",
    "next_chapter",
    "next_chapter_id",
    "part_after",
    "part_before",
    "player_of",
    "reach_of",
    "record_of",
    "seconds",
    "spans",
    "timeline_of",
    "to_datetime",
]

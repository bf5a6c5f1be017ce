"""What is promised of the costs: in words, and the most that a figure may be."""

from __future__ import annotations

import msgspec

__all__ = [
    "AUDIT_MEMORY",
    "BUSY",
    "CHANGES_NOTHING",
    "CHANGES_NOTHING_PACED",
    "CHANGES_NOTHING_RARER",
    "GIVES_BACK",
    "GROWTH",
    "HEARTBEAT",
    "HELD",
    "MEMORY",
    "MONTH",
    "PROMISES",
    "RESTORING",
    "SHARE",
    "TRANSITION",
    "TRANSITION_ALONE",
    "TRANSITION_AMONG",
    "TRANSITION_BARE",
    "TRANSITION_BUSY",
    "TRANSITION_QUIET",
    "TRANSITION_SELDOM",
    "TWO_BARE",
    "TWO_TRANSITIONS",
    "WHOLE_STAY",
    "Promise",
]


class Promise(msgspec.Struct, frozen=True):
    """What is promised.

    Attributes:
        words: what, to somebody who embeds Latido in a bot.
        at_most: what a figure may be.
        ever: whether that is asked of each round, and so of the highest; otherwise it is asked
            of the median.
    """

    words: str
    at_most: float
    ever: bool = False


CHANGES_NOTHING = Promise(
    "An event that changes nothing (a microphone, a game's details, a presence of somebody without"
    " a game) costs at most a tenth of what discord.py spends on it",
    0.1,
)
CHANGES_NOTHING_RARER = Promise(
    "So do rarer ones: of bots, streams, one of two games, channels, servers, members who come and"
    " go, and people whom discord.py has not cached",
    0.1,
)
CHANGES_NOTHING_PACED = Promise(
    "It does so where microphones and details change with pauses between them", 0.1
)
TRANSITION = Promise(
    "An event that begins, changes or ends a session costs at most what discord.py spends on it,"
    " where many come at once",
    1.0,
)
TRANSITION_AMONG = Promise(
    "It does so where somebody writes, or somebody's roles change, behind each: both together cost"
    " at most what discord.py spends on the first, and a tenth of what it spends on the second",
    1.0,
)
TRANSITION_ALONE = Promise("It does so where they come one at a time, without a pause", 1.0)
BUSY, QUIET, SELDOM = 50, 10, 2
"""Events a second of a bot that is busy, of one that is not, and of one in which little happens."""
TRANSITION_BUSY = Promise(f"It does so where {BUSY} come a second, with pauses", 1.0)
TRANSITION_QUIET = Promise(f"It does so where {QUIET} come a second, with pauses", 1.0)
TRANSITION_SELDOM = Promise(
    f"It does so where {SELDOM} come a second, each of which is waited for alone", 1.0
)
WHOLE_STAY = Promise(
    f"A coming and a leaving do so, {QUIET} a second, with all that follows of them: the notice,"
    " the confirmation, the end of the grace and the record",
    1.0,
)
TRANSITION_BARE = Promise(
    "All of these do so beside a bot that listens to nothing at all, which spends less than one"
    " with an empty listener",
    1.0,
)
TWO_TRANSITIONS = Promise(
    "One that changes two sessions (of two who play together one comes or goes, and with them the"
    " party; or a game is closed and another opened) costs at most twice what discord.py spends on"
    " it, as two events would",
    2.0,
)
TWO_BARE = Promise("It does so beside a bot that listens to nothing at all", 2.0)
MEMORY = Promise("A session that goes on takes at most 1 KiB of memory, all in", 1.0)
GIVES_BACK = Promise(
    "Once all sessions are over, two hours after they began, at most 5 % of that is left", 0.05
)
MONTH = Promise("After a month of coming and going memory has grown by at most 5 %", 1.05)
HELD = Promise(
    "Nothing of Latido's holds the event loop longer than 5 ms at a time", 5.0, ever=True
)
HEARTBEAT = Promise(
    "With its threads, whoever sleeps on the loop is woken at most 5 ms late", 5.0, ever=True
)
"""Behind a callback, and behind a thread: Python asks a thread to let others go on after 5 ms
(``sys.getswitchinterval``). Ours pause sooner, which a busy machine may let the loop miss."""

RESTORING = Promise(
    "To restore 100,000 sessions takes at most ten times as long as to decode their file", 10.0
)
SHARE = Promise(
    "Latido's share of the time does not grow from a guild of 1,000 members to one of 50,000, but"
    " for the twentieth by which measurements differ",
    1.05,
)
"""What went through all members, or all sessions, would take tens of times as much."""

AUDIT_MEMORY = Promise(
    "An audit of a guild of 50,000 members takes at most a tenth of the memory that discord.py"
    " takes for it",
    0.1,
)
GROWTH = Promise(
    "Nothing costs more than twice as much a person in a crowd of a hundred times as many, or of"
    " somebody who has done it a hundred times as often (what sorts them would cost 1.67 as much)",
    2.0,
)
"""That is n log n. The rest is for the processor: it reaches
farther for what a hundred thousand hold, and of all that is measured the worst is judged."""


PROMISES = (
    CHANGES_NOTHING,
    CHANGES_NOTHING_RARER,
    CHANGES_NOTHING_PACED,
    TRANSITION,
    TRANSITION_ALONE,
    TRANSITION_AMONG,
    TRANSITION_BUSY,
    TRANSITION_QUIET,
    TRANSITION_SELDOM,
    WHOLE_STAY,
    TRANSITION_BARE,
    TWO_TRANSITIONS,
    TWO_BARE,
    MEMORY,
    GIVES_BACK,
    MONTH,
    HELD,
    HEARTBEAT,
    RESTORING,
    SHARE,
    AUDIT_MEMORY,
    GROWTH,
)
"""All of them, in the order of the page."""

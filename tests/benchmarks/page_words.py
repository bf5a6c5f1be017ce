"""What docs/benchmarks.md says about its figures, in words."""

from __future__ import annotations

__all__ = ["ALL_FIGURES", "INTRODUCTION", "MEASURED", "PROMISED", "READING"]

INTRODUCTION = """# What everything costs

Latido runs within a Discord bot and keeps a *session* for everybody who is in voice or plays
something: when it began, how it goes on, and, once it is over, how long it was. This page says what
that costs the bot. `make bench` wrote it and measures all of it anew, in some ten minutes (`python
-m tests.benchmarks events` measures one section and writes nothing). On the machine of this run,
microseconds being those that a bot spends with Latido beyond one that listens to nothing:

"""

PROMISED = """
## What is promised

What discord.py spends on an event is little, and a tenth of that less than Python takes for some
ten lines; so a promise below may be missed by microseconds, and which they are stands above. Each
promise, and the figure of this run that comes closest to it or is furthest beyond:

"""

READING = """
## How to read the figures

Machines differ, and one machine differs from one minute to the next, so a figure is a *ratio within
the run* to what the column "times what" names, except where that column names a unit: milliseconds,
microseconds, KiB, or a share. Everything is measured in several rounds, in each of which all
contestants take turns, in an order that changes: whoever comes behind one that has done much finds
the processor's caches full of the other's. Shown are the median of the rounds and, beside it, the
lowest and the highest (an empty cell: there was one round). "Size" is how many sessions there are,
or how many people or members. "Met" says whether the figure is what was promised of it (an empty
cell: nothing was): where "at most" says "in each round" the highest is held against the promise,
else the median. How each is measured stands below the figures.

"""

ALL_FIGURES = """## How costs grow

![Costs by size](images/benchmarks.svg)

The chart shows what one operation costs among 1,000, 10,000 and 100,000 people (or as many as a
panel says), as multiples of what it costs among the fewest: flat is what it should be, and what
sorts may cost as much more as the dotted line says. In the panels of everybody in one guild, of
guilds of ten, and of one party, a cost is the processor time of the whole process until all of it
is on the disk, those who write included; closing a channel or a guild is the engine's part alone.

## All figures

"""

MEASURED = """
## How it is measured

- **Events** go as JSON text through the real `DiscordWebSocket.received_message` of discord.py
  {discord}, fifty of them there at once or, where a case says "one at a time", one, until every
  listener has run. Counted is the processor time of the event loop's thread, but for what the
  measurement takes for itself: in each round the same is done with frames that nobody takes in,
  and that is taken off what discord.py takes. What a frame of a real socket costs before it is
  text (aiohttp's part, and the turn of the loop in which it is read) is nobody's. Contestants
  take turns of two hundred events, at the end of which all that Latido has to write goes to the
  disk, and counts as its own. An event that may have a transition waits for up to a second (32 at
  most), and is taken in with whatever else has come by then; what follows of them is written then
  as well. "One at a time" they come without a pause, each in a turn of the loop of its own, so
  that 32 are taken in together, as in a very busy bot. "2", "10" and "50 a second" come with
  pauses of a length that varies, over a real websocket, to bots in processes of their own that
  all hear the same at once; their loops sleep meanwhile, and all that Latido does comes by its
  own timers: its looks at the clocks, every two seconds, are counted as well. There everything is
  dearer, for discord.py too, since nothing is in the processor's caches any more: how many
  microseconds it is stands beside it. Of two a second each is waited for alone. Where
  *nothing happens while sessions go on* the looks at the clocks are all there is. What follows
  of a stay are the notice, the confirmation, the end of the grace and the record, at instants of
  their own; the loop is woken up once a second for all that is due. What the thread that writes
  does while the loop sleeps is not counted: it stands where a case says "all threads, until it is
  on the disk", of many events that are written together. One thread at a time runs Python, so a
  bot does not have that time either; nothing is promised of it. "Among messages and the like"
  somebody begins to write behind each event, and elsewhere somebody's roles change behind each, as
  they do where a bot gives a role to whoever comes; counted is what both cost beyond an empty
  listener that hears the same, as a share of what each of both may cost by itself: what discord.py
  spends on the first, and a tenth of what it spends on the second.
  *discord.py* is a bot without listeners, *empty listener* one whose listeners, to what Latido
  hears, do nothing (but for people whom discord.py has not cached: to hear their presences is to
  hear every other twice), *events only* a cog of twenty lines that believes what it hears,
  *proposal* the code that this project was proposed with, as it was written, without what it does
  ten seconds later to confirm: it writes all sessions anew at each change. A ratio "beyond an empty
  listener" is (theirs - empty) / discord.py: it is below 0 where Latido, which has no listener,
  costs less than one that does nothing. What the empty one costs beyond a bot that has none stands
  beside it, and so does what an event with a transition costs beyond that one. Latido's
  microseconds are those beyond the bot that has none. Presences of
  people whom it has not cached discord.py throws away unread, so that a tenth of what it spends on
  them is less than it takes to read whose they are: how many microseconds that is stands beside
  them, and beside other rare events one at a time. What Discord tells of a call discord.py only
  reads and throws away: of that Latido costs a larger part than a tenth, so what is promised is
  promised of it and of the coming or going with which it is told, taken together.
- **The inspector** is off, as it is where a bot embeds Latido: `latido run --inspector` has it
  write down what each session has been through, also while no page is open, and then an event with
  a transition costs the loop more than is promised.
- **Logging** is at INFO, as `bot.run()` sets it up, and written to nowhere; `transitions` logs
  nothing.
- **Sessions** are seven of ten in voice and three of ten in games, with parties, in guilds of a
  thousand people, or of ten where a case says so: there hardly two play the same.
- **Settings** are the defaults, without what asks over a connection that is not there: no periodic
  audits, no channel info but where calls are told of, no look-ups by REST. Where a check is
  measured an audit is due and need not wait for its IDENTIFY, channel info is answered, and events
  in flight are waited for 0.05 s a guild, not 2.
- **The loop is held** while one of its callbacks runs: nothing else of the bot goes on then. Every
  callback is timed, in processor time: what another process does to the machine does not count.
  Shown is the longest of each round. Threads can hold the loop up as well, for one at a time runs
  Python. So a heartbeat beside them sleeps for a millisecond again and again; what it was late
  counts as far as this process used the processor meanwhile, and not while the loop was ready and
  waited for a processor, or the machine for those of its host; nor what plays Discord. It may come
  behind one callback and behind one thread, which Python stops after 5 ms; ours pause sooner.
- **Memory** is all that is allocated, by whomever, beyond what the same bot without Latido holds
  once it has heard the same, in the same process: what discord.py holds as well, such as a name,
  is no session's, but a copy of it is. People come fifty at a time, and those share the numbers
  that are their instants: whoever comes alone has two or three more, of 32 bytes each. Records of
  the 100,000 do not go into the ledger, whose memory is SQLite's; those of the month do. *A
  session whose notice has just gone out* is ten to nineteen minutes old: the cooldown of its
  notice runs, and what was heard as its person came is forgotten, as whatever is heard is after
  two minutes. When somebody's last session ended is remembered until everybody in their guild is
  looked at, by an audit or a new connection, or by any look a day later: so long *before the next
  look* is left. A bot in which nobody has a session looks at nobody by itself. What was heard of
  people goes two minutes later with the next event, or heartbeat of discord.py, and so do
  cooldowns once the last of them is over. They are most of what is left five minutes after *those
  who had just come* have gone, half a minute later: theirs run for twenty minutes, which is what a
  cooldown is for, and in guilds of ten each guild holds its own. An hour later it is when their
  last sessions ended, and what does not grow, which weighs more beside fewer. Of the month only
  what Latido's own files allocate counts, for discord.py keeps whoever was in voice. *A
  session that was restored* holds that nobody knows of the quarter of an hour before its restart;
  its people had come one after the other, so that no two of them share an instant. What has
  happened to a session is held with it, some 150 bytes for each move to another channel: how much
  one takes *that has moved* is told, and the promise is about those to which nothing has happened
  but that they went on.
- **Two sections** are measured at a time, each in a process of its own: all whose figures make up
  one ratio are in one of them, and what counts is processor time of their own. But beside events
  nothing is measured, for another process would drive what takes microseconds out of the caches
  that both share; nor beside most heartbeats, which go by the clock on the wall. What comes with
  pauses sleeps nearly all the time, and is measured beside all the rest. Crowds and memory go
  without a log.
- **Python's collector** runs as always, but what the contestants hold is frozen before the turns
  (`gc.freeze`), so that nobody pays for looking through what the others hold. So is what a crowd,
  a check or a start finds in the bot. In a bot that freezes nothing a full collection goes through
  all that discord.py caches as well, now and then, with whoever allocates next: that may be a
  thread of Latido's, and held the loop for 85 ms in a bot with 50,000 members.
- **Restoring** is to decode a file, to look at all of it, and to take it up. *A start, all in* is
  what a bot waits for when it loads the cog (`add_cog`), in processor time of the whole process: it
  opens folder and ledger, restores in turns, and says a line in the log for each session, which
  takes about as long as all the rest. Among few sessions what it does in any case weighs most.
- **A day** of a guild is some 2,400 events, the same however many members it has. Our share of it
  is that of the events and of all that follows: deadlines, notices, records, and the ledger.
- **The network** is left out: audits, Request Guild Members and REST are answered in the process.
"""

"""docs/embedding.md: what a bot is told and what it can ask, written from the classes it meets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine import SessionEngine
from integrations.cog import SessionCog
from integrations.described import attributes_of, methods_of, table
from integrations.evidence.audit_figures import AuditFigures
from integrations.evidence.check_figures import CheckDone, CheckFigures
from integrations.keeping.privacy import Privacy
from integrations.keeping.store_figures import StoreFigures
from integrations.observer import CogObserver
from machines import (
    Deadline,
    GameSession,
    PartySession,
    Player,
    Record,
    Session,
    Stay,
    Stretch,
    VoiceSession,
)
from persistence import DailyTotal, Forgetting, HistoryFilter, LedgerReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import BotEventName

__all__ = ["DIARY", "render"]

DIARY = Path(__file__).parents[1] / "docs" / "diary.py"

_INTRODUCTION = """
# In a bot of your own

What your bot is told of sessions, and what it can ask the cog. How to embed it says the
[README](../README.md#embed-it-in-yours); the tables here are written from the classes that run.

## The listeners

{listeners}
Each fires once what it tells is on disk. So `session` may have gone on in the meantime: it is the
very one that the engine holds, and goes on changing. Read it, take what you need, and change
nothing of it. A `record` changes no more. Whoever counts who is there hears the first two,
whoever adds up time the last two. A bot that is killed between disk and listener is not told
again: the ledger has the record. Of ended sessions that were
[imported](command-line.md#latido-export-latido-import) none is told.

This is all of [diary.py](diary.py), a cog beside Latido's. The names for annotations are those of
`latido`:

```python
{diary}```

**Instants** are whole numbers: microseconds since 1970 in UTC. `latido.to_datetime(instant)`
makes an aware `datetime` of one, to be compared with `datetime.now(UTC)`; the difference of two
instants, divided by 1,000,000, is in seconds. Lengths of time (`seconds`, `uncertain_seconds`,
those of the settings) are in seconds. Ids are Discord's, as numbers; names are those of the guild,
as last heard. `State`, `Reason`, `Kind` and whatever else the tables of sessions and records name
is in `machines`; the [glossary](glossary.md#the-states) has what each state means.

## A session

`VoiceSession`, `GameSession` or `PartySession`; `AnySession` is any of them. All three have:

{session}
A `VoiceSession` besides:

{voice}
A `GameSession` besides (a stream or music is one as well):

{game}
A `PartySession` besides; it has no `user_id` and no `username`:

{party}
## A record

What the ledger holds of a session that is over, and `latido history --json` and `latido export`
print [in their own way](reading-the-records.md#in-json). What its figures mean says [Reading the
records](reading-the-records.md); the words of `reason` are
[there](reading-the-records.md#the-words-of-reason) as well.

{record}
## What they are made of

A `Stretch`, of `stretches`. What none of them covers between start and end is present:

{stretch}
A `Stay`, of `stays`:

{stay}
A `Player`, of `players`:

{player}
A `Deadline`, of `deadline`:

{deadline}
## What the cog offers

`cog = bot.get_cog("Latido")`, wherever the cog is not at hand. All of it but the ledger is to be
used on the event loop, once `await bot.add_cog(...)` is through.

{cog}
`cog.engine`, to be read alone. It holds pending sessions as well, which count only once they are
confirmed: `is_live` says which do.

{engine}
`cog.ledger` knows the sessions that are over. It reads a file, and answers from any thread: ask it
in another than the event loop's.

```python
wanted = HistoryFilter(user_id=pino.id, newest_first=True, limit=10)
latest = await asyncio.to_thread(lambda: list(cog.ledger.history(wanted)))
```

{ledger}
`HistoryFilter` is from `persistence`:

{filter}
A `DailyTotal`:

{day}
`cog.check_figures`:

{checks}
Each of `latest`:

{check}
`cog.store_figures`:

{store}
`cog.audit_figures`:

{audits}
An observer in `cog.observers` has these two:

{observer}
## When somebody is forgotten, or opts out

`cog.privacy` is what `/privacy` calls; a bot with `slash_commands=False` may from a command of its
own:

{privacy}
`forget` returns:

{forgetting}
- Whoever **opts out** has their sessions closed: `on_session_orphaned` with the `reason`
  "opted_out". Those records stay, and so do the earlier ones, until they are forgotten.
- Whoever is **forgotten** has theirs closed in the same way first. So `on_session_orphaned` tells
  of time that is erased a moment later: a bot that stores it stores it just then. No event says
  that somebody was forgotten, and of records that were there before none is told. Where your bot
  keeps times of its own, let its own command call `forget`, and erase them after that.
- **Forgetting is not opting out.** Whoever was forgotten and is still there counts anew from then
  on, as soon as something is heard of them or an audit finds them; `on_session_recovered` tells
  it. What came before belongs to [no record](truth.md#what-no-record-speaks-of), not after a
  restart either: for a week their id is kept, and since when they count. `opt_out` first, then
  `forget`, and nothing more is kept than that they opted out.
- A forgotten player stays in the parties of the others as nobody: in a session's `players` with a
  negative `user_id` and no name, in a record's not at all.
- What is taken along, by `/privacy` or `latido export --user`, holds the parties of that person
  whole: the ids, names and times of those who played with them as well.
- `latido forget` does it while the bot does not run: no listener hears of it. After `latido
  opt-out` the next start closes the sessions, and `on_session_orphaned` tells it.
"""

_CONFIRMED = (
    "somebody came and has stayed for `confirm_after`: it counts, from its start; or a party goes "
    "on from where one was written down (`party_chapter`)"
)
_RECOVERED = (
    "it was found going on, and had not been seen to start; or it goes on still after a time in "
    "which nobody watched, such as a restart: then it was told before, and is told after each"
)
_LISTENERS: dict[BotEventName, tuple[str, str]] = {
    "session_confirmed": ("session", _CONFIRMED),
    "session_recovered": ("session", _RECOVERED),
    "session_ended": ("session, record", "it is over, and its end was seen"),
    "session_orphaned": (
        "session, record",
        "it is over: found to be so, or closed, for the `reason` of the record",
    ),
}

_COG_METHODS = ("now", "live_sessions", "records_waiting", "check_now")
_ENGINE_METHODS = ("sessions", "sessions_of", "voice_of", "people_in", "guild_ids", "counts")
_LEDGER_METHODS = ("history", "record", "total_seconds", "daily_totals", "knows_user")
_PRIVACY_METHODS = ("opt_out", "opt_in", "forget")


def render() -> str:
    """Return the page, but for the line that says how it is made."""
    return _INTRODUCTION.format(
        listeners=_listeners(),
        diary=DIARY.read_text(encoding="utf-8"),
        session=_attributes(Session),
        voice=_attributes(VoiceSession),
        game=_attributes(GameSession),
        party=_attributes(PartySession),
        record=_attributes(Record),
        stretch=_attributes(Stretch),
        stay=_attributes(Stay),
        player=_attributes(Player),
        deadline=_attributes(Deadline),
        cog=_attributes(SessionCog, _COG_METHODS),
        engine=_methods(SessionEngine, _ENGINE_METHODS),
        ledger=_methods(LedgerReader, _LEDGER_METHODS),
        filter=_attributes(HistoryFilter),
        day=_attributes(DailyTotal),
        checks=_attributes(CheckFigures),
        check=_attributes(CheckDone),
        store=_attributes(StoreFigures),
        audits=_attributes(AuditFigures),
        observer=_methods(CogObserver, ("saw_effects", "saw_check")),
        privacy=_attributes(Privacy, _PRIVACY_METHODS),
        forgetting=_attributes(Forgetting),
    )


def _listeners() -> str:
    lines = [f"| `on_{name}({takes})` | {fires} |\n" for name, (takes, fires) in _LISTENERS.items()]
    return f"| listener | fires |\n|---|---|\n{''.join(lines)}"


def _attributes(described: type, methods: Iterable[str] = ()) -> str:
    return table([*attributes_of(described), *methods_of(described, methods)])


def _methods(described: type, names: Iterable[str]) -> str:
    return table(methods_of(described, names))

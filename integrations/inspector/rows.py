"""What the page is told, as data: sessions, what they assert, what they have been through.

Ids are strings (they outgrow what JavaScript can count to). Instants are whole milliseconds
since 1970 in UTC, as JavaScript counts them; durations are seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from integrations.words.doing import game_shown
from machines import (
    AnySession,
    Evidence,
    GameSession,
    Instant,
    Kind,
    PartySession,
    Player,
    Presence,
    Reason,
    Source,
    State,
    Trigger,
    VoiceSession,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integrations.inspector.lives import Entry, Life
    from machines import Record

__all__ = [
    "NAMED",
    "DueRow",
    "EntryRow",
    "EvidenceRow",
    "Fired",
    "FiredRow",
    "SessionRow",
    "entry_row",
    "fired_row",
    "key_of",
    "milliseconds",
    "named",
    "place_of",
    "place_of_record",
    "session_row",
    "who",
]

Milliseconds = int

NAMED = 20
"""So many players of a party are named; the others are counted."""

_LOOKED_AT = 100
"""So many players of a party are looked at; of a crowd, the first ones and the last ones."""


class DueRow(msgspec.Struct, frozen=True):
    """A deadline: what is fired, and when."""

    at: Milliseconds
    trigger: Trigger


class EvidenceRow(msgspec.Struct, frozen=True):
    """What is known of somebody, since when it was so, and where that comes from."""

    presence: Presence
    source: Source
    at: Milliseconds


class SessionRow(msgspec.Struct, kw_only=True):
    """One session that goes on, as the list shows it.

    ``who`` is the person, or the players of a party; ``where`` the channel, or what the game goes
    by. ``evidence`` is the latest that says whether somebody is there, and None where they were
    seen since; ``unanswered`` the answer after all that which could not say.
    """

    id: str
    kind: Kind
    state: State
    guild: str
    who: str
    user: str | None = None
    where: str
    activity: str | None = None
    players: int | None = None
    started: Milliseconds
    confirmed: Milliseconds | None = None
    seen: Milliseconds
    absent: Milliseconds | None = None
    unwatched: Milliseconds | None = None
    ended: Milliseconds | None = None
    reason: Reason | None = None
    due: DueRow | None = None
    evidence: EvidenceRow | None = None
    unanswered: EvidenceRow | None = None


class EntryRow(msgspec.Struct, kw_only=True):
    """One entry of a life; ``key`` names the transition as the drawings do."""

    key: str
    at: Milliseconds
    until: Milliseconds
    count: int
    before: State
    after: State
    evidence: EvidenceRow | None = None
    since: Milliseconds | None = None
    gap: tuple[Milliseconds, Milliseconds] | None = None
    unknown: tuple[Milliseconds, Milliseconds] | None = None
    reason: Reason | None = None
    channel: str | None = None
    name: str | None = None


class FiredRow(msgspec.Struct, kw_only=True):
    """A transition as it fires, for the feed."""

    session: str
    kind: Kind
    who: str
    where: str
    key: str
    at: Milliseconds
    before: State
    after: State
    evidence: EvidenceRow | None = None


def milliseconds(instant: Instant) -> Milliseconds:
    """Return an instant as JavaScript counts time."""
    return instant // 1000


def session_row(session: AnySession, life: Life | None, people: int | None = None) -> SessionRow:
    """Return the row of a session; its evidence is what its life says of it last.

    ``people``: how many are in a party; None where nobody counts them, as of one that is over.
    """
    row = SessionRow(
        id=session.id,
        kind=session.kind,
        state=session.state,
        guild=str(session.guild_id),
        who=who(session, people),
        where=place_of(session),
        started=milliseconds(session.started_at),
        confirmed=_optional(session.confirmed_at),
        seen=milliseconds(session.last_seen),
        absent=_optional(session.absent_since),
        unwatched=_optional(session.unwatched_since),
        ended=_optional(session.ended_at),
        reason=session.reason,
    )
    if life is not None:
        row.evidence, row.unanswered = _known(session, life)
    if session.deadline is not None:
        row.due = DueRow(milliseconds(session.deadline.at), session.deadline.trigger)
    if isinstance(session, PartySession):
        row.players = _players_of(session, people)
    else:
        row.user = str(session.user_id)
    if isinstance(session, GameSession):
        row.activity = session.activity_type
    return row


def entry_row(kind: Kind, entry: Entry) -> EntryRow:
    """Return an entry of the life of a session of ``kind``."""
    row = EntryRow(
        key=key_of(kind, entry),
        at=milliseconds(entry.at),
        until=milliseconds(entry.until),
        count=entry.count,
        before=entry.before,
        after=entry.after,
        evidence=_evidence(entry.evidence),
        since=_optional(entry.since),
        reason=entry.reason,
    )
    if entry.gap is not None:
        row.gap = (milliseconds(entry.gap.since), milliseconds(entry.gap.until))
    if entry.unknown is not None:
        row.unknown = (milliseconds(entry.unknown.start), milliseconds(entry.unknown.end))
    if entry.change is not None:
        row.channel, row.name = entry.change.channel_name, entry.change.username
    return row


class Fired(NamedTuple):
    """A transition as it was when it fired; its row is made once a page asks for it.

    What of a session or of an entry may be another by then is kept beside them.
    """

    session: AnySession
    entry: Entry
    who: str
    place: str
    evidence: Evidence | None


def fired_row(fired: Fired) -> FiredRow:
    """Return the row of a transition."""
    session, entry = fired.session, fired.entry
    return FiredRow(
        session=session.id,
        kind=session.kind,
        who=fired.who,
        where=fired.place,
        key=key_of(session.kind, entry),
        at=milliseconds(entry.at),
        before=entry.before,
        after=entry.after,
        evidence=_evidence(fired.evidence),
    )


def key_of(kind: Kind, entry: Entry) -> str:
    """Return what a transition is called in the drawing of its machine."""
    guards = "+".join(guard.__name__ for guard in entry.row.when)
    return f"{kind}:{entry.row.trigger}:{entry.before}:{guards}"


def who(session: AnySession, people: int | None = None) -> str:
    """Return the person's name, or those of the players who are there; of many, how many more.

    Of a crowd few are looked at, and the others are as many as the ``people`` who are there say;
    where nobody counts them, it is only said that there are more.
    """
    if type(session) is not PartySession:
        return session.username
    players = session.players
    first, last = players[:_LOOKED_AT], players[max(_LOOKED_AT, len(players) - _LOOKED_AT) :]
    here = _here(first) or _here(last)
    if not last:
        return named(here or _names_of(first))
    names = list(dict.fromkeys(here if here or people else _names_of(first)))[:NAMED]
    if not people:
        return ", ".join([*names, "…"])
    more = people - len(names)
    return ", ".join([*names, f"+{more}"] if more > 0 else names)


def named(players: Iterable[str]) -> str:
    """Return these names, each once; of many, how many more."""
    names = list(dict.fromkeys(players))
    more = [f"+{len(names) - NAMED}"] if len(names) > NAMED else []
    return ", ".join(names[:NAMED] + more)


def place_of(session: AnySession) -> str:
    """Return the channel's name, or what the game goes by: a stream is told from it."""
    if type(session) is VoiceSession:
        return session.channel_name
    if type(session) is GameSession and session.activity_type != "playing":
        return game_shown(session.game_name, session.activity_type)
    return session.game_name


def place_of_record(record: Record) -> str:
    """Return the same of a session that is over."""
    if record.kind == "voice":
        return record.channel_name or ""
    return game_shown(record.game_name or "", record.activity_type)


def _here(players: Iterable[Player]) -> list[str]:
    """Return the names of those players who are there."""
    return _names_of(one for one in players if one.ended_at is None)


def _names_of(players: Iterable[Player]) -> list[str]:
    """Return the names of players, but for those who were forgotten."""
    return [one.username for one in players if one.user_id >= 0]


def _players_of(party: PartySession, people: int | None) -> int | None:
    """Return how many are there."""
    if len(party.players) > _LOOKED_AT:
        return people
    return len({one.user_id for one in party.players if one.ended_at is None})


def _known(session: AnySession, life: Life) -> tuple[EvidenceRow | None, EvidenceRow | None]:
    """Return what is proven last, and what since then could not be said."""
    proven, unanswered = life.evidence, life.unanswered
    heard = max(session.last_seen, session.absent_since or 0)
    if proven is not None and proven.at < heard:
        proven = None
    if unanswered is not None and unanswered.earliest <= max(heard, proven.at if proven else 0):
        unanswered = None
    return _evidence(proven), _evidence(unanswered)


def _evidence(evidence: Evidence | None) -> EvidenceRow | None:
    if evidence is None:
        return None
    return EvidenceRow(evidence.presence, evidence.source, milliseconds(evidence.at))


def _optional(instant: Instant | None) -> Milliseconds | None:
    return None if instant is None else milliseconds(instant)

"""Actions for the outside: each appends to the step what a transition asks of the world."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from machines.effects import (
    BotEvent,
    BotEventName,
    LogLine,
    NoticeDue,
    NoticeWithdrawn,
    RecordEnded,
    SavedLine,
    SessionChanged,
)
from machines.instant import SECOND
from machines.record import record_of
from machines.session import AnySession, GameSession, PartySession, VoiceSession

if TYPE_CHECKING:
    from machines.attendance import Attendance
    from machines.instant import Instant
    from machines.record import Record
    from machines.step import Step

__all__ = [
    "announce",
    "log_going_on",
    "log_orphaned",
    "log_recovered",
    "log_saved",
    "names_of",
    "notice_of",
    "save",
    "say_goodbye",
    "tell_confirmed",
    "tell_ended",
    "tell_found",
    "tell_orphaned",
    "tell_recovered",
    "withdraw_notice",
    "write_record",
]


_USER_ID = attrgetter("user_id")

_SHOWN = 0.5
"""Seconds of doubt that are worth a word: less than that, shown, would be 0 s."""

_MOST_NAMES = 700
"""Names in a notice. With the comma each takes three characters or more, and a message of Discord
has 2,000 at most (its documentation, "Create Message"), so more of them are never read."""


def save(session: AnySession, step: Step) -> None:
    """Ask for the snapshot to follow, once for all that one event changes.

    The players of a party are saved as they change.
    """
    effects = step.effects
    if effects:
        last = effects[-1]
        if type(last) is SessionChanged and last.session is session:
            return
    effects.append(SessionChanged(session, () if type(session) is PartySession else None))


def write_record(session: AnySession, step: Step) -> None:
    """Ask for the ledger row."""
    step.effects.append(RecordEnded(_record(session, step)))


def announce(session: AnySession, step: Step) -> None:
    """Ask for an entry notice, unless one for this person was sent a short while ago."""
    session.announced = step.cooldown_over
    if session.announced:
        step.effects.append(notice_of(session, step.now, "entry"))


def say_goodbye(session: AnySession, step: Step) -> None:
    """Ask for an exit notice where the entry was announced and nothing was recovered."""
    if session.announced:
        step.effects.append(notice_of(session, step.now, "exit", _record(session, step).seconds))


def withdraw_notice(session: AnySession, step: Step) -> None:
    """Ask for the entry notice to be deleted, if one went out."""
    if session.announced:
        step.effects.append(NoticeWithdrawn(session.id, session.guild_id))


def tell_confirmed(session: AnySession, step: Step) -> None:
    """Tell the bot's listeners that it counts."""
    _tell(session, step, "session_confirmed")


def tell_recovered(session: AnySession, step: Step) -> None:
    """Tell the bot's listeners, and nobody else: recovered sessions are silent."""
    session.announced = False
    _tell(session, step, "session_recovered")


def tell_found(session: AnySession, step: Step) -> None:
    """Tell the bot's listeners, and nobody else, that a session was found."""
    step.effects.append(BotEvent("session_recovered", session, found=True))


def tell_ended(session: AnySession, step: Step) -> None:
    """Tell the bot's listeners that it ended."""
    _tell(session, step, "session_ended")


def tell_orphaned(session: AnySession, step: Step) -> None:
    """Tell the bot's listeners that it was found to be over, or closed."""
    _tell(session, step, "session_orphaned")


def log_recovered(session: AnySession, step: Step) -> None:
    """Say that a session was found."""
    step.effects.append(
        LogLine("info", f"recovered.{session.kind}", names_of(session, step.attendance))
    )


def log_orphaned(session: AnySession, step: Step) -> None:
    """Say that a session was found to be over."""
    step.effects.append(
        LogLine("warning", f"orphaned.{session.kind}", names_of(session, step.attendance))
    )


def log_going_on(session: AnySession, step: Step) -> None:
    """Say that it goes on, and how much of it is written down."""
    values = names_of(session, step.attendance) | {"seconds": _record(session, step).seconds}
    step.effects.append(SavedLine("info", f"goes_on.{session.kind}", values))


def log_saved(session: AnySession, step: Step) -> None:
    """Say how long it lasted, how sure that is, and how much of the doubt is outside of it.

    Where what is outside does not make up all the doubt, it is said that part of it is inside.
    """
    record = _record(session, step)
    values = names_of(session, step.attendance) | {"seconds": record.seconds}
    unknown = [part for part in record.stretches if part.value == "unknown"]
    more = max((part.end for part in unknown), default=record.ended_at) - record.ended_at
    earlier = record.started_at - min((part.start for part in unknown), default=record.started_at)
    uncertain = record.uncertain_seconds
    if uncertain is None:
        key, earlier = "saved_unbounded", 0
    elif max(more, earlier) >= SECOND or uncertain >= _SHOWN:
        key, values["uncertain"] = "saved_about", uncertain
    else:
        key = "saved"
    outside = {"or_earlier": max(0, earlier), "or_more": max(0, more)}
    said = [word for word, length in outside.items() if length >= SECOND]
    if said and uncertain is not None and uncertain * SECOND - sum(outside.values()) >= SECOND:
        key = "saved_partly"
    for word in said:
        key = f"{key.removesuffix('_about')}_{word}"
        values[word.removeprefix("or_")] = _as_shown(outside[word] / SECOND, uncertain)
    step.effects.append(SavedLine("info", f"{key}.{session.kind}", values))


def _as_shown(outside: float, uncertain: float | None) -> float:
    """Return the doubt outside of a session, so that in whole seconds it is no other figure.

    Beside "± 7 s", 6.4 s of 6.6 s would be 6 s.
    """
    return outside if uncertain is None or abs(uncertain - outside) >= 1 else uncertain


def names_of(
    session: AnySession, attendance: Attendance | None = None
) -> dict[str, str | int | float]:
    """Return the values that log lines and notices name a session by.

    ``attendance``: that of a party's players, where it has been added up already.
    """
    if type(session) is VoiceSession:
        return {"username": session.username, "channel": session.channel_name}
    if type(session) is GameSession:
        return {
            "username": session.username,
            "game": session.game_name,
            "activity": session.activity_type,
        }
    people = len(set(map(_USER_ID, session.players))) if attendance is None else attendance.people
    return {"game": session.game_name, "players": people}


def notice_of(
    session: AnySession, now: Instant, notice: Literal["entry", "exit"], seconds: float = 0.0
) -> NoticeDue:
    """Return the notice of an entry, or of an exit after so many seconds."""
    return NoticeDue(
        session_id=session.id,
        guild_id=session.guild_id,
        kind=session.kind,
        notice=notice,
        at=now,
        user_id=None if type(session) is PartySession else session.user_id,
        username=None if type(session) is PartySession else session.username,
        channel_name=session.channel_name if type(session) is VoiceSession else None,
        game_name=None if type(session) is VoiceSession else session.game_name,
        activity_type=session.activity_type if type(session) is GameSession else "playing",
        player_names=_names(session) if type(session) is PartySession else (),
        seconds=seconds,
    )


def _names(party: PartySession) -> tuple[str, ...]:
    """Return the names of a party's players, each once; of a crowd those who came first."""
    names: dict[str, None] = {}
    for player in party.players:
        if player.user_id < 0:  # somebody who was forgotten
            continue
        names[player.username] = None
        if len(names) == _MOST_NAMES:
            break
    return tuple(names)


def _record(session: AnySession, step: Step) -> Record:
    """Return the record of a session that the step has ended, made once."""
    if step.record is None:
        step.record = record_of(session, step.attendance)
    return step.record


def _tell(session: AnySession, step: Step, name: BotEventName) -> None:
    record = _record(session, step) if session.is_over else None
    step.effects.append(BotEvent(name, session, record))

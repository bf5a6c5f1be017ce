"""What is written on the command line, understood or refused in one sentence."""

from __future__ import annotations

import errno
import os
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

from integrations.errors import LatidoError
from integrations.words.wording import Language
from machines import Kind, PartySession, from_datetime
from persistence import read_live
from persistence.errors import reason_of

if TYPE_CHECKING:
    from pathlib import Path

    from machines import Instant
    from persistence import LedgerReader

__all__ = [
    "ArgumentError",
    "guild_named",
    "instant_named",
    "kind_named",
    "language_named",
    "make_empty",
    "span_named",
    "user_named",
]

_ID = re.compile(r"[0-9]{1,19}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class ArgumentError(LatidoError):
    """Something on the command line cannot be used: the message says what can."""


def kind_named(text: str) -> Kind:
    """Return the kind of session called so.

    Raises:
        ArgumentError: there is none.
    """
    kinds: tuple[Kind, ...] = get_args(Kind)
    for kind in kinds:
        if text.strip().lower() == kind:
            return kind
    raise ArgumentError(f"There is no kind {text!r}: choose voice, game or party.")


def make_empty(folder: Path) -> list[Path]:
    """Make a folder that something is to be kept in, where there is none yet.

    Returns the folders that were made, the innermost first.

    Raises:
        ArgumentError: it cannot be made or written to, or holds something.
    """
    cannot = f"{folder} cannot be used to keep anything"
    try:
        made = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        problem = "it is not empty" if any(folder.iterdir()) else None
        if problem is None and not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except FileExistsError as error:
        made, problem = [], reason_of(error)
    except OSError as error:
        raise ArgumentError(
            f"{cannot} ({reason_of(error)}): name a folder in a place where you may write."
        ) from error
    if problem is not None:
        raise ArgumentError(f"{cannot} ({problem}): name a folder that is new or empty.")
    return made


def language_named(text: str) -> Language:
    """Return the language called so.

    Raises:
        ArgumentError: it is not spoken.
    """
    languages: tuple[Language, ...] = get_args(Language)
    for language in languages:
        if text.strip().lower() == language:
            return language
    raise ArgumentError(f"There is no language {text!r}: choose es or en.")


def guild_named(text: str) -> int:
    """Return the id of a guild.

    Raises:
        ArgumentError: it is no id.
    """
    if not _is_id(text):
        raise ArgumentError(
            f"{text!r} is no guild id: give the number that Discord shows for the server "
            "with Copy Server ID (in developer mode)."
        )
    return int(text)


def user_named(text: str, ledger: LedgerReader) -> int:
    """Return the id of a person who has a session, ended or live, given as id or as name.

    Raises:
        ArgumentError: nobody of them is called so, or several people are.
    """
    live, is_whole = _live_people(ledger)
    if _is_id(text) and (int(text) in live or ledger.knows_user(int(text))):
        return int(text)
    alike = {user_id: name for user_id, name in live.items() if name.casefold() == text.casefold()}
    people = ledger.people_named(text) | alike
    called = {user_id for user_id, name in people.items() if name == text} or set(people)
    if not called and not is_whole:
        raise ArgumentError(
            f"Nobody called {text!r} is found, and not all live sessions can be read: give a user "
            "id; latido verify says what is damaged."
        )
    if not called:
        raise ArgumentError(
            f"Nobody called {text!r} has a session, ended or live: give a user id, or a name as "
            "latido sessions or latido history shows it."
        )
    if len(called) > 1:
        ids = ", ".join(str(user_id) for user_id in sorted(called))
        raise ArgumentError(f"Several people are called {text!r}: give one of the ids {ids}.")
    return called.pop()


def person_named(text: str, ledger: LedgerReader) -> int:
    """Return the id of a person, of whom nothing need be known where it is an id.

    Raises:
        ArgumentError: it is no id, and nobody who has a session is called so.
    """
    return int(text) if _is_id(text) else user_named(text, ledger)


def _live_people(ledger: LedgerReader) -> tuple[dict[int, str], bool]:
    """Return whoever has a live session beside a ledger, by their ids; and if that is all.

    It is not where some of the live sessions cannot be read.
    """
    folder = ledger.path.parent
    if not folder.is_dir():
        return {}, True
    live = read_live(folder)
    sessions = [each for each in live.state.sessions if type(each) is not PartySession]
    return {each.user_id: each.username for each in sessions}, not live.warnings


def instant_named(text: str, timezone: str, *, ends: bool = False) -> Instant:
    """Return the instant of a date, or of a date and time, in ISO 8601.

    Without an offset of its own it is in ``timezone``. A date alone is the day's first instant,
    and with ``ends`` the next day's, so that the day is taken in.

    Raises:
        ArgumentError: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if ends and _DATE.fullmatch(text.strip()):
            moment += timedelta(days=1)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(timezone))
        return from_datetime(moment.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise ArgumentError(
            f"{text!r} is no date: write it as 2025-12-29, 2025-12-29T22:30 or "
            "2025-12-29T22:30:00Z."
        ) from error


def span_named(
    since: str | None, until: str | None, timezone: str
) -> tuple[Instant | None, Instant | None]:
    """Return the two instants of ``--since`` and ``--until``; the day that ends it is taken in.

    Raises:
        ArgumentError: one is no instant, or nothing lies between them.
    """
    first = None if since is None else instant_named(since, timezone)
    last = None if until is None else instant_named(until, timezone, ends=True)
    if first is not None and last is not None and first >= last:
        raise ArgumentError(
            f"Nothing lies between --since {since} and --until {until}: give the earlier one first."
        )
    return first, last


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None and 0 < int(text) < 2**63

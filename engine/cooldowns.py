"""Cooldowns: how long after an entry notice the next one for its subject must wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import KINDS, Cooldown, PartySession, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.settings import Settings
    from machines import AnySession, Instant, Kind

__all__ = ["Cooldowns"]

_Kind = tuple[int, "Kind"]


class Cooldowns:
    """The cooldowns that run, per guild, kind, and person (or game, for parties).

    Their ends are held in instants of the clock as it first was, so that nothing has to be gone
    through when it is set.
    """

    def __init__(self, settings: Settings) -> None:
        """Take over the lengths of the three kinds."""
        self._length: dict[Kind, int] = {
            "voice": seconds(settings.voice_cooldown),
            "game": seconds(settings.game_cooldown),
            "party": seconds(settings.party_cooldown),
        }
        self._until: dict[_Kind, dict[str, Instant]] = {}
        self._shifted = 0

    def is_over(self, session: AnySession, now: Instant) -> bool:
        """Return whether an entry notice for ``session`` may go out."""
        running, then = self._until.get((session.guild_id, session.kind), {}), now - self._shifted
        return then >= running.get(_subject(session), then)

    def start(self, session: AnySession, now: Instant) -> Cooldown:
        """Begin to wait: an entry notice for ``session`` goes out now."""
        until, subject = now + self._length[session.kind], _subject(session)
        running = self._until.setdefault((session.guild_id, session.kind), {})
        running[subject] = until - self._shifted
        return Cooldown(session.guild_id, session.kind, subject, until)

    def release(self, session: AnySession, now: Instant) -> Cooldown:
        """Wait no longer: the notice for ``session`` was withdrawn."""
        subject = _subject(session)
        self._until.get((session.guild_id, session.kind), {}).pop(subject, None)
        return Cooldown(session.guild_id, session.kind, subject, until=now)

    def restore(self, cooldowns: Iterable[Cooldown]) -> None:
        """Take up what was running before a restart."""
        for cooldown in cooldowns:
            running = self._until.setdefault((cooldown.guild_id, cooldown.kind), {})
            running[cooldown.subject] = cooldown.until - self._shifted

    def forgetting(self, subject: str) -> Iterator[None]:
        """Hold no cooldown of this subject any longer, yielding after each guild's of a kind."""
        for key in list(self._until):
            self._until.get(key, {}).pop(subject, None)
            yield

    def guild_ids(self) -> list[int]:
        """Return the guilds in which any runs, some of them several times."""
        return [guild_id for guild_id, _kind in self._until]

    def shift(self, by: int) -> None:
        """Move every end by ``by`` microseconds: the clock was set."""
        self._shifted += by

    def in_guild(self, guild_id: int) -> Iterator[Cooldown]:
        """Yield those of a guild; others may begin or end meanwhile."""
        for kind in KINDS:
            running = self._until.get((guild_id, kind), {})
            for subject in list(running):
                if subject in running:
                    yield Cooldown(guild_id, kind, subject, running[subject] + self._shifted)

    def running(self, now: Instant) -> Iterator[Cooldown]:
        """Yield what still runs, and forget what does not; others may begin or end meanwhile."""
        for guild_id, kind in list(self._until):
            running = self._until.get((guild_id, kind), {})
            for subject in list(running):
                until = running.get(subject, now - self._shifted) + self._shifted
                if until > now:
                    yield Cooldown(guild_id, kind, subject, until)
                else:
                    running.pop(subject, None)
            if not running and self._until.get((guild_id, kind)) is running:
                del self._until[guild_id, kind]


def _subject(session: AnySession) -> str:
    return session.game_name if type(session) is PartySession else str(session.user_id)

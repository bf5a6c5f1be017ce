"""Cooldowns: how long after an entry notice the next one for its subject must wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import Cooldown, PartySession, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.settings import Settings
    from machines import AnySession, Instant, Kind

__all__ = ["Cooldowns"]

_Key = tuple[int, "Kind", str]


class Cooldowns:
    """The cooldowns that run, per guild, kind, and person (or game, for parties)."""

    def __init__(self, settings: Settings) -> None:
        """Take over the lengths of the three kinds."""
        self._length: dict[Kind, int] = {
            "voice": seconds(settings.voice_cooldown),
            "game": seconds(settings.game_cooldown),
            "party": seconds(settings.party_cooldown),
        }
        self._until: dict[_Key, Instant] = {}

    def is_over(self, session: AnySession, now: Instant) -> bool:
        """Return whether an entry notice for ``session`` may go out."""
        return now >= self._until.get(_key(session), now)

    def start(self, session: AnySession, now: Instant) -> Cooldown:
        """Begin to wait: an entry notice for ``session`` goes out now."""
        key = _key(session)
        self._until[key] = now + self._length[session.kind]
        return Cooldown(*key, until=self._until[key])

    def release(self, session: AnySession, now: Instant) -> Cooldown:
        """Wait no longer: the notice for ``session`` was withdrawn."""
        key = _key(session)
        self._until.pop(key, None)
        return Cooldown(*key, until=now)

    def restore(self, cooldowns: Iterable[Cooldown]) -> None:
        """Take up what was running before a restart."""
        for cooldown in cooldowns:
            key = (cooldown.guild_id, cooldown.kind, cooldown.subject)
            self._until[key] = cooldown.until

    def forget(self, subject: str) -> None:
        """Hold no cooldown of this subject any longer."""
        self._until = {key: until for key, until in self._until.items() if key[2] != subject}

    def shift(self, by: int) -> list[Cooldown]:
        """Move every end by ``by`` microseconds: the clock was set. Return what runs now."""
        self._until = {key: until + by for key, until in self._until.items()}
        return [Cooldown(*key, until=until) for key, until in self._until.items()]

    def running(self, now: Instant) -> list[Cooldown]:
        """Return what still runs, and forget what does not."""
        self._until = {key: until for key, until in self._until.items() if until > now}
        return [Cooldown(*key, until=until) for key, until in self._until.items()]


def _key(session: AnySession) -> _Key:
    if isinstance(session, PartySession):
        return session.guild_id, session.kind, session.game_name
    return session.guild_id, session.kind, str(session.user_id)

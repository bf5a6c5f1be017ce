"""Cooldowns: how long after an entry notice the next one for its subject must wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import KINDS, Cooldown, PartySession, let_go_of_ends, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.settings import Settings
    from machines import AnySession, CooldownEnds, Instant, Kind

__all__ = ["Cooldowns"]


class Cooldowns:
    """The cooldowns that run, per kind, guild, and person (or game, for parties).

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
        self._until: CooldownEnds = {kind: {} for kind in KINDS}
        self._last_end: Instant = 0
        self._shifted = 0

    def is_over(self, session: AnySession, now: Instant) -> bool:
        """Return whether an entry notice for ``session`` may go out."""
        running, then = self._until[session.kind].get(session.guild_id), now - self._shifted
        return running is None or then >= running.get(_subject(session), then)

    def start(self, session: AnySession, now: Instant) -> Cooldown:
        """Begin to wait: an entry notice for ``session`` goes out now."""
        until = now + self._length[session.kind]
        cooldown = Cooldown(session.guild_id, session.kind, _subject(session), until)
        self._hold(cooldown)
        return cooldown

    def release(self, session: AnySession, now: Instant) -> Cooldown:
        """Wait no longer: the notice for ``session`` was withdrawn."""
        subject = _subject(session)
        self._until[session.kind].get(session.guild_id, {}).pop(subject, None)
        return Cooldown(session.guild_id, session.kind, subject, until=now)

    def restore(self, cooldowns: Iterable[Cooldown]) -> None:
        """Take up what was running before a restart."""
        for cooldown in cooldowns:
            self._hold(cooldown)

    def forgetting(self, user_id: int) -> Iterator[None]:
        """Hold no cooldown of this person any longer, yielding after each guild's of a kind."""
        for of_kind in self._until.values():
            for guild_id in list(of_kind):
                of_kind.get(guild_id, {}).pop(user_id, None)
                yield

    def guild_ids(self) -> list[int]:
        """Return the guilds in which any runs, some of them several times."""
        return [guild_id for of_kind in self._until.values() for guild_id in of_kind]

    def let_go(self, now: Instant) -> None:
        """Hold fewer of them once all are over: some in one piece.

        While sessions go on, :meth:`running` forgets those that are over among others.
        """
        if now - self._shifted >= self._last_end:
            let_go_of_ends(self._until)

    def shift(self, by: int) -> None:
        """Move every end by ``by`` microseconds: the clock was set."""
        self._shifted += by

    def in_guild(self, guild_id: int) -> Iterator[Cooldown]:
        """Yield those of a guild; others may begin or end meanwhile."""
        for kind, of_kind in self._until.items():
            running = of_kind.get(guild_id, {})
            for subject in list(running):
                if subject in running:
                    yield Cooldown(guild_id, kind, subject, self._by_now(running[subject]))

    def running(self, now: Instant) -> Iterator[Cooldown | None]:
        """Yield what still runs, and forget what does not: for each of that, None.

        Others may begin or end meanwhile.
        """
        for kind, of_kind in self._until.items():
            for guild_id in list(of_kind):
                running = of_kind.get(guild_id, {})
                for subject in list(running):
                    until = self._by_now(running.get(subject, now - self._shifted))
                    if until > now:
                        yield Cooldown(guild_id, kind, subject, until)
                    else:
                        running.pop(subject, None)
                        yield None
                if not running and of_kind.get(guild_id) is running:
                    del of_kind[guild_id]

    def _hold(self, cooldown: Cooldown) -> None:
        running = self._until[cooldown.kind].setdefault(cooldown.guild_id, {})
        # The snapshot holds the same number: one of the same value would be 32 bytes more.
        until, by = cooldown.until, self._shifted
        running[cooldown.subject] = end = until - by if by else until
        self._last_end = max(self._last_end, end)

    def _by_now(self, until: Instant) -> Instant:
        return until + self._shifted if self._shifted else until


def _subject(session: AnySession) -> int | str:
    return session.game_name if type(session) is PartySession else session.user_id

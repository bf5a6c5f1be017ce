"""The law again, where looks take time and know since when the calls have been going on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from engine import Call, Channel, GuildReport
from tests.engine.test_laws import CHANNELS, Law, Second, World, gap_policies
from tests.how_often import examples

if TYPE_CHECKING:
    from engine import SessionEngine


class WorldWithCalls(World):
    """A world that remembers, second by second, since when each channel has not been empty."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[int, Second] = {}
        self.past_calls: list[dict[int, Second]] = []

    def passes(self, duration: int) -> None:
        for _ in range(duration):
            self.past_calls.append(dict(self.calls))
        super().passes(duration)

    def goes(self, user: int, channel: Channel | None) -> None:
        super().goes(user, channel)
        taken = {each.id for each in self.voice.values()}
        self.calls = {each: since for each, since in self.calls.items() if each in taken}
        for each in taken:
            self.calls.setdefault(each, self.now)

    def calls_at(self, second: Second) -> dict[int, Second]:
        return self.calls if second == self.now else self.past_calls[second]


class LawOfCalls(Law):
    """Looks that say what was so a little before they came, with the calls of that moment."""

    world: WorldWithCalls

    def __init__(self) -> None:
        super().__init__()
        self.world = WorldWithCalls()

    @initialize(voice_gap=gap_policies, game_gap=gap_policies, grace=st.sampled_from([0, 15]))
    def begin(self, voice_gap: str, game_gap: str, grace: int) -> None:
        """Begin with a look, as every bot does: the first GUILD_CREATE."""
        super().begin(voice_gap, game_gap, grace, looked=True)

    def new_engine(self) -> SessionEngine:
        engine = super().new_engine()
        engine.remember_ended(self.records())
        return engine

    def report(self, age: int, *, voice: bool, games: bool, skipped: int | None) -> GuildReport:
        received = max(0, self.world.now - age)
        # Not in the second in which the connection began: what was heard in it has no order.
        begun = min(received, self.since_when + 1)
        made = max(begun, received - self.world.now % 3)
        asked = max(begun, made - self.world.now % 2)
        told = super().report(self.world.now - made, voice=voice, games=games, skipped=skipped)
        in_voice, _ = self.world.as_of(made)
        calls = {
            channel.id: Call(
                self.instant(since), sum(1 for each in in_voice.values() if each is channel)
            )
            for channel in CHANNELS
            for since in [self.world.calls_at(made).get(channel.id)]
            if since is not None
        }
        return msgspec.structs.replace(
            told, at=self.instant(received), asked_at=self.instant(asked), calls=calls
        )


TestLawOfCalls = LawOfCalls.TestCase
TestLawOfCalls.settings = settings(
    max_examples=examples(60),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

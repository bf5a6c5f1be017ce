"""One stay in voice, by hand: the engine knows what it is told, at the time that it is told."""

from datetime import UTC, datetime, timedelta

from engine import Channel, GuildReport, SessionEngine, Settings, VoiceObserved
from machines import (
    MACHINES,
    AnySession,
    Effect,
    RecordEnded,
    Row,
    State,
    Step,
    from_datetime,
    to_datetime,
)

EIGHT = datetime(2026, 1, 1, 20, tzinfo=UTC)
GENERAL = Channel(3, "General")

engine = SessionEngine(Settings())


def saw(session: AnySession, row: Row, before: State, step: Step) -> None:
    """Watch: the engine calls this with each row of the table that it has taken."""
    now, number = to_datetime(step.now), MACHINES[session.kind].number_of(row)
    print(f"  {now:%H:%M:%S} row {number} {row.trigger}: {before} -> {session.state}")


def carry_out(effects: list[Effect]) -> None:
    """Do what the engine asks for: here no more than to say what it is."""
    for effect in effects:
        print(f"    {type(effect).__name__}")
        if isinstance(effect, RecordEnded):
            print(f"    {effect.record.seconds:g} s ± {effect.record.uncertain_seconds:g} s")


def wait_until(minute: float) -> None:
    """Let time pass: wake the engine whenever it has something to do."""
    while engine.next_deadline is not None and engine.next_deadline <= at(minute):
        carry_out(engine.advance(engine.next_deadline))


def at(minute: float) -> datetime:
    """Return so many minutes after eight."""
    return EIGHT + timedelta(minutes=minute)


def pino_in(channel: Channel | None) -> VoiceObserved:
    """Return the news that Pino is in a channel, or in none."""
    return VoiceObserved(guild_id=1, user_id=2, username="Pino", channel=channel)


engine.observers.append(saw)

print("Pino comes")
carry_out(engine.observe(pino_in(GENERAL), at(10)))
wait_until(30)

print("Somebody looks who is in voice")
seen = {2: pino_in(GENERAL)}
report = GuildReport(
    guild_id=1, source="audit", at=from_datetime(at(30)), voice=seen, complete_voice=True
)
carry_out(engine.validate(report, at(30)))

print("Pino leaves")
carry_out(engine.observe(pino_in(None), at(50)))
wait_until(59)

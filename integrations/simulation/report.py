"""The report of a run: every bot's score, what Latido's law says, and what it cost."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from engine import policy_of
from integrations.simulation.baselines import Counted
from integrations.simulation.intervals import complement, intersect, measure, union
from integrations.simulation.law import asserted_by, subject_of
from integrations.simulation.options import Options
from integrations.simulation.oracle import countable
from integrations.simulation.perfect import perfect_ledger
from integrations.simulation.score import Score, score_of
from integrations.simulation.units import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrations.simulation.simulation import Run

__all__ = ["Report", "report_of_run"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a run shows; shares are of 1, times in minutes.

    Attributes:
        options: what was asked for.
        bots: the scores: Latido, the proposal's check, the events-only bot, and the bot that
            could not be better.
        ledger: the SHA-256 of Latido's records; the same options give the same.
        violations: how often Latido's records break the law.
        unknown_share: how much of the time in its records is unknown.
        unknowable_share: how much of the true time nobody listened; no bot could do better.
        unseeable_minutes: asserted wrongly where nobody could have known.
        unseeable_present_minutes: those of them in which somebody was said to be there.
        identifies: new gateway sessions of the bot itself.
        audits: second gateway sessions.
        rest_calls: voice states asked for.
        member_queries: op 8 sent.
    """

    options: Options
    bots: list[Score]
    ledger: str
    violations: int
    unknown_share: float
    unknowable_share: float
    unseeable_minutes: float
    unseeable_present_minutes: float
    identifies: int
    audits: int
    rest_calls: int
    member_queries: int


def report_of_run(run: Run) -> Report:
    """Return the report of a run."""
    perfect = list(perfect_ledger(run))
    ledgers: list[tuple[str, list[Counted], int]] = [
        ("latido", list(_credited(run)), len(run.latido.durable.ledger)),
        ("proposal", run.proposal.ledger, len(run.proposal.ledger)),
        ("events-only", run.events_only.ledger, len(run.events_only.ledger)),
        ("perfect", perfect, len(perfect)),
    ]
    settings = run.settings
    bots = [
        score_of(
            name,
            counted,
            records,
            run.oracle,
            run.options.people,
            confirm_after=policy_of(settings, "voice").confirm_after,
            grace=lambda kind: policy_of(settings, "voice" if kind == "voice" else "game").grace,
            end=run.end,
        )
        for name, counted, records in ledgers
    ]
    return Report(
        options=run.options,
        bots=bots,
        ledger=sha256(b"".join(map(msgspec.json.encode, run.latido.durable.ledger))).hexdigest(),
        violations=len(run.law.violations),
        unknown_share=_unknown_share(run),
        unknowable_share=_unknowable_share(run),
        unseeable_minutes=run.law.excused / MINUTE,
        unseeable_present_minutes=run.law.excused_presence / MINUTE,
        identifies=len(run.gateway.identified_at),
        audits=run.sources.audits,
        rest_calls=run.sources.rest_calls,
        member_queries=run.sources.member_queries,
    )


def _credited(run: Run) -> Iterator[Counted]:
    for record in run.latido.durable.ledger:
        for span in asserted_by(record, run.first_looked(record.guild_id)).credited:
            yield Counted(subject_of(record), span)


def _unknown_share(run: Run) -> float:
    unknown = everything = 0
    for record in run.latido.durable.ledger:
        if record.kind != "party":
            asserted = asserted_by(record, run.first_looked(record.guild_id))
            unknown += measure(asserted.unknown)
            everything += measure(union([*asserted.unknown, *asserted.present]))
    return unknown / everything if everything else 0.0


def _unknowable_share(run: Run) -> float:
    """Return how much of all true sessions fell into times in which no bot could listen."""
    unheard = everything = 0
    for subject, truth in run.oracle.truth.items():
        if subject.kind == "party":
            continue
        policy = policy_of(run.settings, "voice" if subject.kind == "voice" else "game")
        sessions = countable(truth, policy.confirm_after, policy.grace).sessions
        watched = (run.first_looked(subject.guild_id), run.end)
        deaf = complement(run.listened(subject.guild_id), watched)
        unheard += measure(intersect(sessions, deaf))
        everything += measure(intersect(sessions, [watched]))
    return unheard / everything if everything else 0.0

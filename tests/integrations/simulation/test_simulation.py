"""The whole simulation: repeatable byte for byte, and no record breaks the law."""

from __future__ import annotations

from itertools import starmap

import msgspec
import pytest

from integrations.simulation.explanation import explain
from integrations.simulation.options import Options
from integrations.simulation.report import Report, report_of_run
from integrations.simulation.simulation import Run, simulate

SHORT = Options(hours=6, people=12, guilds=2, loss=0.02, restarts=2, outages=2)
HARSH = Options(hours=6, people=12, guilds=2, loss=0.08, restarts=4, outages=4)


def seeded(options: Options, seed: int) -> Options:
    return msgspec.structs.replace(options, seed=seed)


def ledger(run: Run) -> bytes:
    return b"\n".join(map(msgspec.json.encode, run.latido.durable.ledger))


def require_lawful(run: Run) -> None:
    """Fail with the story of the first violation."""
    assert not run.law.violations, "\n".join(explain(run, run.law.violations[0]))
    assert run.latido.problems == []


def test_the_same_seed_writes_the_same_ledger_byte_for_byte() -> None:
    first, second, other = map(simulate, (HARSH, HARSH, seeded(HARSH, 2)))
    assert ledger(first) == ledger(second)
    assert len(first.latido.durable.ledger) > 10
    assert ledger(first) != ledger(other)


def test_what_is_reported_is_the_same_as_well() -> None:
    first, second = (report_of_run(simulate(HARSH)) for _ in range(2))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


@pytest.mark.parametrize("seed", range(1, 31))
def test_no_record_breaks_the_law(seed: int) -> None:
    require_lawful(simulate(seeded(SHORT, seed)))


@pytest.mark.parametrize("seed", range(31, 51))
def test_no_record_breaks_the_law_where_much_goes_wrong(seed: int) -> None:
    require_lawful(simulate(seeded(HARSH, seed)))


@pytest.mark.soak
@pytest.mark.parametrize("first", range(1, 1001, 50))
def test_no_record_breaks_the_law_on_any_of_a_thousand_seeds(first: int) -> None:
    for seed in range(first, first + 50):
        require_lawful(simulate(seeded(HARSH if seed % 2 else SHORT, seed)))


def test_every_session_comes_to_rest() -> None:
    run = simulate(HARSH)
    assert run.latido.durable.load().sessions == []


def test_latido_is_much_nearer_to_the_truth_than_the_others() -> None:
    options = Options(hours=48, people=40, guilds=2, loss=0.01, restarts=6, outages=2)
    reports = [report_of_run(simulate(seeded(options, seed))) for seed in (1, 2, 3)]
    errors = {
        name: sum(starmap(_error_of, ((report, name) for report in reports)))
        for name in ("latido", "proposal", "events-only", "perfect")
    }
    assert errors["latido"] < errors["proposal"] / 2
    assert errors["latido"] < errors["events-only"] / 4
    assert errors["latido"] - errors["perfect"] < errors["events-only"] / 25


def _error_of(report: Report, name: str) -> float:
    return next(score.mean_error for score in report.bots if score.bot == name)


def test_a_quiet_world_costs_no_error_and_no_doubt() -> None:
    options = Options(hours=12, people=10, guilds=2, loss=0.0, restarts=0, outages=0, seed=4)
    report = report_of_run(simulate(options))
    latido = report.bots[0]
    assert (report.violations, latido.lost, latido.invented) == (0, 0, 0)
    assert latido.mean_error < 1.0

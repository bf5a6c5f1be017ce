"""Metrics: real figures, nobody's name, and a dashboard that asks for nothing else."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from integrations.evidence.audit_figures import AuditFigures
from integrations.inspector.loop_lag import LoopLag
from integrations.keeping.store_figures import StoreFigures
from tests.integrations.inspector.stage import NAMES

if TYPE_CHECKING:
    from prometheus_client import Metric

    from integrations.inspector import Inspector
    from tests.integrations.inspector.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

DASHBOARD = Path(__file__).parents[3] / "docs" / "grafana-dashboard.json"


class _Target(msgspec.Struct):
    expr: str
    legendFormat: str  # noqa: N815 - Grafana's name


class _GridPosition(msgspec.Struct, frozen=True):
    x: int
    y: int
    w: int
    h: int


class _Panel(msgspec.Struct):
    id: int
    title: str
    type: str
    gridPos: _GridPosition  # noqa: N815 - Grafana's name
    targets: list[_Target] = []


class _Dashboard(msgspec.Struct):
    title: str
    uid: str
    schemaVersion: int  # noqa: N815 - Grafana's name
    panels: list[_Panel]
    templating: dict[str, list[dict[str, object]]]


class Scrape(NamedTuple):
    """One answer of ``/metrics``."""

    text: str
    families: dict[str, Metric]

    def value(self, name: str, **labels: str) -> float:
        """The one sample of that name with these labels."""
        [found] = [
            sample.value
            for family in self.families.values()
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        return found

    @property
    def samples(self) -> dict[str, set[str]]:
        """The names of all samples, and the labels of each."""
        known: dict[str, set[str]] = {}
        for family in self.families.values():
            for sample in family.samples:
                known.setdefault(sample.name, set()).update(sample.labels)
        return known


async def scrape(inspector: Inspector) -> Scrape:
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    return Scrape(text, {one.name: one for one in text_string_to_metric_families(text)})


@pytest_asyncio.fixture(loop_scope="session")
async def full(evening: Stage, inspector: Inspector) -> Stage:
    """An evening with everything that a running bot has figures of."""
    evening.subject = replace(
        evening.subject,
        stores=lambda: StoreFigures(writes=4, failures=1, duration=0.25, total=0.5),
        audits=lambda: AuditFigures(done=3, failed=1, left=196),
        dropped=lambda: Counter(notices=2),
    )
    evening.shown_by(inspector)
    evening.unwatched(4200)
    return evening


@pytest.mark.usefixtures("full")
async def test_the_figures_are_those_of_the_evening(inspector: Inspector) -> None:
    told = await scrape(inspector)
    assert told.value("latido_sessions", kind="voice", state="recovered") == 2
    assert told.value("latido_sessions", kind="game", state="pending") == 0
    assert told.value("latido_unwatched_sessions") == 4
    assert (
        told.value(
            "latido_transitions_total",
            kind="voice",
            trigger="start",
            **{"from": "new"},
            to="pending",
        )
        == 3
    )
    assert told.value("latido_orphaned_total", kind="voice", reason="gap") == 1
    assert told.value("latido_recovered_total", kind="voice", how="found") == 1
    assert told.value("latido_recovered_total", kind="voice", how="bridged") == 1
    assert told.value("latido_check_duration_seconds_count") == 7
    assert told.value("latido_check_duration_seconds_bucket", le="0.01") == 0
    assert told.value("latido_check_duration_seconds_bucket", le="0.05") == 7
    assert told.value("latido_repaired_total", kind="voice") == 2
    assert told.value("latido_snapshot_duration_seconds") == 0.25
    assert told.value("latido_audit_identifies_left") == 196
    assert told.value("latido_dropped_effects_total", effect="notices") == 2
    assert told.value("latido_file_bytes", file="ledger") > 0
    assert told.value("latido_connected") == 1


async def test_credited_and_uncertain_time_are_those_of_the_records(
    full: Stage, inspector: Inspector
) -> None:
    told = await scrape(inspector)
    voice = [record for record in full.records if record.kind == "voice"]
    assert told.value("latido_credited_seconds_total", kind="voice") == pytest.approx(
        sum(record.seconds for record in voice)
    )
    uncertain = [r.uncertain_seconds for r in voice if r.uncertain_seconds is not None]
    assert sum(uncertain) > 0
    assert told.value("latido_uncertain_seconds_total", kind="voice") == pytest.approx(
        sum(uncertain)
    )
    unbounded = [record for record in voice if record.uncertain_seconds is None]
    assert told.value("latido_unbounded_records_total", kind="voice") == len(unbounded)


@pytest.mark.usefixtures("full")
async def test_no_name_and_no_id_is_in_any_of_them(inspector: Inspector) -> None:
    told = await scrape(inspector)
    for name in (*NAMES.values(), "General", "Sala", "VALORANT", "Plaza", "900", "901"):
        assert f'"{name}"' not in told.text
        assert name not in told.text or name.isdigit()
    allowed = {
        "kind", "state", "trigger", "from", "to", "reason", "how", "effect", "file", "result",
        "version", "le",
    }  # fmt: skip
    assert set().union(*told.samples.values()) <= allowed


@pytest.mark.usefixtures("full")
async def test_the_dashboard_asks_only_for_what_there_is(inspector: Inspector) -> None:
    known = (await scrape(inspector)).samples
    dashboard = msgspec.json.decode(DASHBOARD.read_bytes(), type=_Dashboard)
    asked: set[str] = set()
    for panel in dashboard.panels:
        for target in panel.targets:
            names = set(re.findall(r"latido_\w+", target.expr))
            assert names, target.expr
            assert names <= known.keys(), target.expr
            asked |= names
            labels = {label for name in names for label in known[name]} | {"job"}
            for group in re.findall(r"by \(([^)]*)\)", target.expr):
                assert set(re.split(r",\s*", group)) <= labels, target.expr
            matched = re.findall(r"(\w+)\s*=~?\s*\"", target.expr)
            assert set(matched) <= labels, target.expr
            assert set(re.findall(r"{{(\w+)}}", target.legendFormat)) <= labels, panel.title
            if "_total" in target.expr:
                assert re.search(r"(rate|increase)\(", target.expr), target.expr
    unused = known.keys() - asked
    assert {name for name in unused if not name.startswith("latido_check_duration")} <= {
        "latido_info"
    }


@pytest.mark.usefixtures("full")
async def test_the_page_about_it_names_every_metric_and_no_other(inspector: Inspector) -> None:
    known = {
        re.sub(r"_(bucket|count|sum)$", "", name) for name in (await scrape(inspector)).samples
    }
    text = (DASHBOARD.parent / "inspector.md").read_text("utf-8")
    assert set(re.findall(r"`(latido_\w+)", text)) == known


def _overlap(one: _GridPosition, other: _GridPosition) -> bool:
    return (
        one.x < other.x + other.w
        and other.x < one.x + one.w
        and one.y < other.y + other.h
        and other.y < one.y + one.h
    )


async def test_the_dashboard_is_laid_out_so_that_nothing_covers_anything() -> None:
    dashboard = msgspec.json.decode(DASHBOARD.read_bytes(), type=_Dashboard)
    ids = [panel.id for panel in dashboard.panels]
    assert len(ids) == len(set(ids))
    places = [panel.gridPos for panel in dashboard.panels]
    assert all(place.x + place.w <= 24 for place in places)
    pairs = [(a, b) for at, a in enumerate(places) for b in places[at + 1 :]]
    assert not [pair for pair in pairs if _overlap(*pair)]
    variables = {variable["name"] for variable in dashboard.templating["list"]}
    text = DASHBOARD.read_text("utf-8")
    own = {name for name in re.findall(r"\$\{?(\w+)", text) if not name.startswith("__")}
    assert own == variables


async def test_without_prometheus_it_says_what_to_install(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    async with aiohttp.ClientSession() as http, http.get(inspector.url + "metrics") as answer:
        assert answer.status == 501
        assert "pip install prometheus-client" in await answer.text()


async def test_the_loops_lag_is_measured_only_while_somebody_asks() -> None:
    lag = LoopLag()
    before = lag.is_on
    lag.measure()
    while_asked = lag.is_on
    worst = lag.take()
    lag.stop()
    assert (before, while_asked, lag.is_on, worst) == (False, True, False, 0)

"""Metrics for Prometheus: figures only, and nobody's name or id in a label.

They need the extra ``metrics`` (prometheus-client); without it ``/metrics`` says so.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
from typing import TYPE_CHECKING

from aiohttp import web

from integrations.inspector.tallies import CHECK_BUCKETS
from machines import KINDS, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from prometheus_client.core import Metric

    from integrations.inspector.loop_lag import LoopLag
    from integrations.inspector.subject import Subject
    from integrations.inspector.watcher import Watcher
    from machines import Kind, State

    _Samples = Mapping[tuple[str, ...], Sequence[tuple[tuple[str, ...], float]]]

__all__ = ["Figures", "exposition"]

_FILES = {
    "snapshot": "active_sessions.json",
    "journal": "active_sessions.journal",
    "waiting": "waiting_records.jsonl",
    "ledger": "latido.db",
}
_GOING_ON: tuple[State, ...] = ("pending", "confirmed", "recovered")


async def exposition(watcher: Watcher, lag: LoopLag) -> web.StreamResponse:
    """Answer with all metrics, in Prometheus' text format."""
    try:
        from prometheus_client import CollectorRegistry  # noqa: PLC0415 - an extra
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest  # noqa: PLC0415 - as above
    except ImportError:
        text = "Metrics need prometheus-client: pip install prometheus-client (the extra metrics)."
        return web.Response(status=501, text=text)
    subject = watcher.subject
    sizes = {} if subject is None else await asyncio.to_thread(_sizes, subject.data_dir)
    await watcher.catch_up()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(watcher, lag, sizes))
    body = generate_latest(registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class Figures:
    """Collects the metrics anew for each answer."""

    def __init__(self, watcher: Watcher, lag: LoopLag, sizes: Mapping[str, int]) -> None:
        """Read ``watcher`` and ``lag``; ``sizes`` are the bytes of each file that is there."""
        self._watcher = watcher
        self._lag = lag
        self._sizes = sizes

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield _gauge("info", "The version that runs.", {("version",): [((_version(),), 1)]})
        yield from self._about_sessions()
        yield from self._about_records()
        yield from self._about_checks()
        yield from self._about_inspector()
        if self._watcher.subject is not None:
            yield from self._about_subject(self._watcher.subject)

    def _about_sessions(self) -> Iterator[Metric]:
        changes = self._watcher.changes()
        yield _gauge(
            "sessions",
            "Sessions going on, by kind and state.",
            {
                ("kind", "state"): [
                    ((kind, state), changes.counts[kind][state])
                    for kind in KINDS
                    for state in _GOING_ON
                ]
            },
        )
        yield _gauge(
            "unwatched_sessions", "Sessions that nobody watches now.", _one(changes.unwatched)
        )
        yield _counter(
            "transitions",
            "Transitions, by kind, trigger, and the states before and after.",
            {
                ("kind", "trigger", "from", "to"): [
                    ((fired.kind, fired.trigger, fired.before, fired.after), count)
                    for fired, count in self._watcher.tallies.fired.items()
                ]
            },
        )

    def _about_records(self) -> Iterator[Metric]:
        tallies = self._watcher.tallies
        yield _counter(
            "orphaned",
            "Sessions closed without their leaving being heard, by kind and reason.",
            {("kind", "reason"): list(tallies.orphaned.items())},
        )
        found = [((kind, "found"), tallies.found[kind]) for kind in KINDS]
        bridged = [((kind, "bridged"), tallies.bridged[kind]) for kind in KINDS]
        yield _counter(
            "recovered",
            "Sessions found without one (found), or going on over a gap (bridged), by kind.",
            {("kind", "how"): found + bridged},
        )
        yield _counter("credited_seconds", "Time in records.", _by_kind(tallies.seconds))
        yield _counter(
            "uncertain_seconds",
            "How far the truth may be from the time in records.",
            _by_kind(tallies.uncertain),
        )
        yield _counter(
            "unbounded_records", "Records that nothing bounds.", _by_kind(tallies.unbounded)
        )

    def _about_checks(self) -> Iterator[Metric]:
        from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - an extra

        tallies = self._watcher.tallies
        buckets = [
            (str(bound), float(count))
            for bound, count in zip(CHECK_BUCKETS, tallies.check_buckets, strict=True)
        ]
        yield HistogramMetricFamily(
            "latido_check_duration_seconds",
            "How long health checks take.",
            buckets=[*buckets, ("+Inf", float(tallies.checks))],
            sum_value=tallies.check_seconds,
        )
        yield _counter(
            "repaired",
            "Sessions that a check found wrong or missing, by kind.",
            _by_kind(tallies.repaired),
        )

    def _about_inspector(self) -> Iterator[Metric]:
        news = self._watcher.news
        yield _gauge("inspector_pages", "Pages that are open.", _one(news.listeners))
        yield _counter("inspector_resets", "Slow pages told to begin anew.", _one(news.dropped))
        yield _counter(
            "inspector_errors", "What the inspector failed at.", _one(self._watcher.errors)
        )
        yield _gauge(
            "event_loop_lag_seconds",
            "The worst delay of the event loop since the last scrape.",
            _one(self._lag.take()),
        )

    def _about_subject(self, subject: Subject) -> Iterator[Metric]:
        yield from _about_health(subject)
        yield _counter(
            "dropped_effects",
            "What the outside was asked for and will not do, by kind.",
            {("effect",): [((name,), count) for name, count in subject.dropped().items()]},
        )
        yield _gauge(
            "file_bytes",
            "The size of each file in DATA_DIR.",
            {("file",): [((name,), size) for name, size in self._sizes.items()]},
        )
        stores = subject.stores()
        if stores is not None:
            yield _counter("writes", "Batches that became durable.", _one(stores.writes))
            yield _counter("write_failures", "Batches that could not be.", _one(stores.failures))
            yield _counter("write_seconds", "Time spent writing.", _one(stores.total))
            yield _gauge(
                "snapshot_duration_seconds", "How long the last batch took.", _one(stores.duration)
            )
        audits = subject.audits()
        if audits is not None:
            yield _counter("audits", "Audits, by how they went.", {("result",): [
                (("done",), audits.done), (("failed",), audits.failed)
            ]})  # fmt: skip
            yield _gauge(
                "audit_identifies_left",
                "IDENTIFYs that audits may still use today.",
                _one(audits.left),
            )


def _about_health(subject: Subject) -> Iterator[Metric]:
    checks, counters = subject.checks, subject.engine.counters
    yield _gauge(
        "connected", "1 while Discord is heard.", _one(subject.connection() == "connected")
    )
    if checks.last_success_at is not None:
        yield _gauge(
            "last_check_timestamp_seconds",
            "When the last check came to its end.",
            _one(checks.last_success_at / SECOND),
        )
    yield _gauge("check_lag_seconds", "How late the last check began.", _one(checks.lag))
    yield _gauge("check_unknown_sessions", "Sessions the last check learnt nothing about.",
                 _one(checks.unknown))  # fmt: skip
    yield _counter("check_exceptions", "Errors that checks met.", _one(checks.exceptions))
    yield _counter("checks_cut_off", "Checks that took too long.", _one(checks.cut_off))
    yield _counter("unknown_answers", "Answers that said nothing.", _one(counters["unknown"]))
    yield _counter("session_errors", "Sessions that failed.", _one(counters["session_errors"]))
    yield _counter("forbidden_triggers", "Triggers fired out of turn.", _one(counters["forbidden"]))


def _gauge(name: str, meaning: str, samples: _Samples) -> Metric:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - an extra

    [(labels, values)] = samples.items()
    family = GaugeMetricFamily(f"latido_{name}", meaning, labels=labels)
    for given, value in values:
        family.add_metric(given, float(value))
    return family


def _counter(name: str, meaning: str, samples: _Samples) -> Metric:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - an extra

    [(labels, values)] = samples.items()
    family = CounterMetricFamily(f"latido_{name}", meaning, labels=labels)
    for given, value in values:
        family.add_metric(given, float(value))
    return family


def _one(value: float) -> _Samples:
    return {(): [((), value)]}


def _by_kind(values: Mapping[Kind, float]) -> _Samples:
    return {("kind",): [((kind,), values.get(kind, 0)) for kind in KINDS]}


def _sizes(folder: Path) -> dict[str, int]:
    return {name: _size(folder / file) for name, file in _FILES.items()}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _version() -> str:
    return importlib.metadata.version("latido")

"""The page of a report: one HTML file with everything in it."""

from __future__ import annotations

import html
from importlib import resources
from typing import TYPE_CHECKING

from integrations import charts
from integrations.charts.look import DARK, LIGHT, Look
from integrations.report.charts_of_page import bars_svg, games_svg, heat_map_svg, party_svg
from integrations.report.tables import (
    first_of,
    games_table,
    heat_table,
    parties_table,
    ranking_table,
    weeks_table,
)
from integrations.words.catalogue import say
from integrations.words.wording import duration
from machines import KINDS, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrations.report.figures import ReportFigures
    from integrations.words.wording import Language
    from machines import Instant

__all__ = ["page"]


def page(figures: ReportFigures, language: Language) -> str:
    """Return the page, in a language. It loads nothing and runs no script."""
    look = Look(LIGHT, language, figures.zone)
    title = say(language, "report.title")
    body = "\n".join(_body(figures, look))
    css = resources.files("integrations.report").joinpath("report.css").read_text("utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_colours()}{css}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _colours() -> str:
    def rules(theme: charts.Theme) -> str:
        return " ".join(f"--chart-{name}: {colour};" for name, colour in theme.named().items())

    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {rules(DARK)} }} }}"
    return f":root {{ {rules(LIGHT)} }}\n{dark}\n"


def _body(figures: ReportFigures, look: Look) -> Iterator[str]:
    yield from _head(figures, look)
    if not figures.sessions:
        yield f'<p class="card empty">{_said(look, "report.empty")}</p>'
        return
    yield from _tiles(figures, look)
    if not charts.can_draw():
        yield f'<p class="faint">{_said(look, "report.no_charts")}</p>'
    yield from _hours_and_games(figures, look)
    yield f'<h2>{_said(look, "report.ranking")}</h2>\n<div class="grid narrow">'
    for kind in KINDS:
        if figures.ranking[kind]:
            heading = _said(look, f"kind.{kind}")
            table = ranking_table(figures.ranking[kind], look)
            yield f'<section class="card"><h3>{heading}</h3>{table}</section>'
    yield "</div>"
    if figures.weeks:
        most = max(one.bars.longest for one in figures.weeks)
        weeks = [bars_svg(one, number, look, most) for number, one in enumerate(figures.weeks)]
        yield _section(look, "report.weeks", weeks, weeks_table(figures, look))
        yield first_of(len(weeks), figures.people, look)
        yield f'<p class="faint">{_said(look, "report.kinds")}</p>'
    if figures.parties:
        parties = [
            party_svg(one, number, look, figures.server_of(one))
            for number, one in enumerate(figures.parties)
        ]
        yield _section(look, "report.parties", parties, parties_table(figures, look))
        if figures.parties_seen_twice:
            yield f'<p class="faint">{_said(look, "report.seen_twice")}</p>'
    yield from _reading(look)


def _hours_and_games(figures: ReportFigures, look: Look) -> Iterator[str]:
    """Yield the two charts that are alone under their headings, side by side where they fit."""
    hours = heat_map_svg(figures.hours, look)
    yield '<div class="grid">\n<div>' if hours else "<div>\n<div>"  # tables are wide
    yield _section(look, "chart.heat_map", [hours], heat_table(figures, look))
    key = "report.hours" if hours else "report.hours.numbers"
    yield f'<p class="faint">{_said(look, key)}</p>\n</div>'
    if figures.games:
        table = games_table(figures, look)
        yield f"<div>{_section(look, 'chart.games', [games_svg(figures.games, look)], table)}"
        if figures.games_overlap():
            yield f'<p class="faint">{_said(look, "report.games")}</p>'
        yield "</div>"
    yield "</div>"


def _head(figures: ReportFigures, look: Look) -> Iterator[str]:
    where = (
        say(look.language, "report.guilds")
        if figures.guild_id is None
        else say(look.language, "report.guild", guild_id=figures.guild_id)
    )
    until = _day(figures.window.until - 1, figures)
    if figures.window.since is None:
        span = say(look.language, "report.until", until=until)
    else:
        since = _day(figures.window.since, figures)
        span = say(look.language, "report.between", since=since, until=until)
    made = say(
        look.language,
        "report.made",
        at=f"{to_datetime(figures.now).astimezone(figures.zone):%Y-%m-%d %H:%M}",
        zone=figures.zone.key,
    )
    yield f"<h1>{_said(look, 'report.title')}</h1>"
    yield f"<p>{html.escape(where)} · {html.escape(span)}</p>"
    yield f'<p class="faint">{html.escape(made)}</p>'


def _tiles(figures: ReportFigures, look: Look) -> Iterator[str]:
    yield '<div class="tiles">'
    for kind in KINDS:
        of_kind = say(look.language, f"kind.{kind}")
        label = say(look.language, "report.together", kind=of_kind)
        yield _tile(duration(figures.seconds(kind)), label)
    yield _tile(str(figures.people), say(look.language, "report.people"))
    yield _tile(str(figures.sessions), say(look.language, "report.sessions"))
    yield "</div>"
    notes = [_how_sure(look.language, figures.uncertain_seconds(), figures.unbounded())]
    notes.append(say(look.language, "report.once"))
    if figures.running:
        notes.append(say(look.language, "report.running", count=figures.running))
    yield f'<p class="faint">{html.escape(" ".join(notes))}</p>'


def _how_sure(language: Language, uncertain: float, unbounded: int) -> str:
    match uncertain >= 1, unbounded > 0:
        case True, True:
            return say(language, "report.sure_but_for", seconds=uncertain, count=unbounded)
        case True, False:
            return say(language, "report.sure", seconds=uncertain)
        case False, True:
            return say(language, "report.exact_but_for", count=unbounded)
        case _:
            return say(language, "report.exact")


def _tile(number: str, label: str) -> str:
    return (
        f'<div class="card tile"><b>{html.escape(number)}</b>'
        f'<span class="faint">{html.escape(label)}</span></div>'
    )


def _section(look: Look, key: str, pictures: list[str], table: str) -> str:
    """Return a section: its charts, and the same as a table, which is folded where they are."""
    drawn = [one for one in pictures if one]
    cards = "".join(f'<div class="card chart">{one}</div>' for one in drawn)
    is_wide = key == "report.parties"
    kind = "grid wide" if is_wide else "grid"
    grid = f'<div class="{kind}">{cards}</div>' if len(drawn) > 1 or is_wide else cards
    if drawn and is_wide:
        grid = f'<p class="faint sideways">{_said(look, "report.sideways")}</p>\n{grid}'
    if table:
        table = f'<div class="scroll">{table}</div>'
    if table and drawn:
        summary = f"<summary>{_said(look, 'report.numbers')}</summary>"
        table = f"<details>{summary}{table}</details>"
    # A chart alone says its title itself.
    unseen = ' class="unseen"' if len(drawn) == 1 and key.startswith("chart.") else ""
    return f"<h2{unseen}>{_said(look, key)}</h2>\n{grid}\n{table}"


def _reading(look: Look) -> Iterator[str]:
    yield f'<h2>{_said(look, "report.reading")}</h2>\n<div class="card">'
    for part in ("present", "sum", "start"):
        yield f"<p>{_said(look, f'report.reading.{part}')}.</p>"
    yield "</div>"


def _said(look: Look, key: str) -> str:
    return html.escape(say(look.language, key))


def _day(instant: Instant, figures: ReportFigures) -> str:
    return f"{to_datetime(instant).astimezone(figures.zone):%Y-%m-%d}"

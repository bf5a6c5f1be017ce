"""The numbers of a report as HTML tables."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from integrations.charts.words import weekday_short
from integrations.commands.display import shown_plainly
from integrations.words.catalogue import say
from integrations.words.sureness import how_sure, sure
from integrations.words.wording import duration
from machines import to_datetime

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from integrations.charts import Look
    from integrations.report.figures import ReportFigures
    from integrations.statistics.ranking import Place
    from integrations.statistics.sums import GameTotal, Total

__all__ = ["first_of", "games_table", "heat_table", "parties_table", "ranking_table", "weeks_table"]

_RANKED = 25
_HEAD = 'th scope="col"'


def ranking_table(places: Sequence[Place], look: Look) -> str:
    """Return the first places of a ranking, which says so where there are more."""
    rows = [
        (
            str(place.place),
            shown_plainly(look.language, place.total.username),
            duration(place.total.seconds),
            _sure(place.total, look),
        )
        for place in places[:_RANKED]
    ]
    heads = ("", *(say(look.language, f"report.{one}") for one in ("name", "time", "sureness")))
    table = _table(heads, rows, numbers={2}, places={0}, doubts={3})
    return table + first_of(len(rows), len(places), look)


def first_of(shown: int, total: int, look: Look) -> str:
    """Return a line that says how many of how many are shown; nothing where all of them are."""
    if shown >= total:
        return ""
    said = say(look.language, "chart.first", shown=shown, total=total)
    return f'<p class="faint">{html.escape(said)}</p>'


def games_table(figures: ReportFigures, look: Look) -> str:
    """Return all games."""
    rows = [
        (
            shown_plainly(look.language, game.name),
            duration(game.seconds),
            _sure(game, look),
            str(game.people),
            str(game.sessions),
        )
        for game in figures.games
    ]
    keys = ("game", "time", "sureness", "people", "sessions")
    heads = [say(look.language, f"report.{one}") for one in keys]
    return _table(heads, rows, numbers={1, 3, 4}, doubts={2})


def heat_table(figures: ReportFigures, look: Look) -> str:
    """Return the hours of the week, in minutes: a row an hour, for 24 columns fit few pages."""
    rows = [
        (
            f"{hour:02d}",
            *(str(round(seconds / 60)) if seconds >= 30 else "" for seconds in days),  # noqa: PLR2004 - half a minute
        )
        for hour, days in enumerate(zip(*figures.hours.seconds, strict=True))
    ]
    heads = ("min", *(weekday_short(look.language, day) for day in range(7)))
    return _table(heads, rows, numbers=set(range(1, 8)), places={0}, of="hours")


def weeks_table(figures: ReportFigures, look: Look) -> str:
    """Return the time of those who are drawn in bars: a row for each of theirs that holds any.

    A column a kind: they are not added up, for they can be the same hours.
    """
    first = figures.weeks[0].bars
    form = "%H:%M" if first.grain == "hour" else "%Y-%m-%d"
    rows = [
        (
            f"{begins:{form}}",
            shown_plainly(look.language, one.username),
            *(_length(values[number]) for values in one.bars.seconds.values()),
        )
        for number, begins in enumerate(first.begins)
        for one in figures.weeks
        if any(values[number] >= 1 for values in one.bars.seconds.values())
    ]
    kinds = [say(look.language, f"kind.{kind}") for kind in first.seconds]
    heads = (
        say(look.language, f"chart.bars.{first.grain}").capitalize(),
        say(look.language, "report.name"),
        *kinds,
    )
    return _table(heads, rows, numbers=set(range(2, len(heads))))


def parties_table(figures: ReportFigures, look: Look) -> str:
    """Return the parties that are drawn; where they are of several servers, of which each is."""
    servers = [figures.server_of(party) for party in figures.parties]
    rows = [
        (
            shown_plainly(look.language, party.game_name),
            *([] if server is None else [str(server)]),
            f"{to_datetime(party.started_at).astimezone(figures.zone):%Y-%m-%d %H:%M}",
            f"{to_datetime(party.ended_at).astimezone(figures.zone):%Y-%m-%d %H:%M}",
            duration(party.seconds),
            _whole(sure(look.language, party.uncertain_seconds)),
            ", ".join(shown_plainly(look.language, line.username) for line in party.players),
        )
        for party, server in zip(figures.parties, servers, strict=True)
    ]
    places = [] if None in servers else ["server"]
    keys = ["game", *places, "from", "until_word", "time", "sureness", "players"]
    heads = [say(look.language, f"report.{one}") for one in keys]
    return _table(heads, rows, numbers={keys.index("time")}, doubts={keys.index("sureness")})


def _length(seconds: float) -> str:
    return duration(seconds) if seconds >= 1 else ""


def _sure(total: Total | GameTotal, look: Look) -> str:
    notes = how_sure(look.language, total.uncertain_seconds, total.unbounded)
    return " · ".join(map(_whole, notes))


def _whole(note: str) -> str:
    """Return a note so that a line breaks no bound in two, and leaves no number behind."""
    return note.replace(" ", "\N{NO-BREAK SPACE}", -1 if note.startswith("±") else 1)


def _table(
    heads: Iterable[str],
    rows: Iterable[Sequence[str]],
    numbers: set[int],
    places: Collection[int] = (),
    doubts: Collection[int] = (),
    of: str = "",
) -> str:
    kinds = (("place", places), ("number", numbers), ("doubt", doubts))

    def kind(column: int) -> str:
        return next((name for name, columns in kinds if column in columns), "name")

    def cells(opening: str, closing: str, row: Iterable[str]) -> str:
        return "".join(
            f'<{opening} class="{kind(column)}">{html.escape(text)}</{closing}>'
            for column, text in enumerate(row)
        )

    head = f"<thead><tr>{cells(_HEAD, 'th', heads)}</tr></thead>"
    body = "".join(f"<tr>{cells('td', 'td', row)}</tr>" for row in rows)
    opening = f'<table class="{of}">' if of else "<table>"
    return f"{opening}{head}<tbody>{body}</tbody></table>"

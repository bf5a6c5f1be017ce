"""Draw what a bot asks for, in a process of its own, and end: see ``integrations.charts.orders``.

Whoever started it may be killed meanwhile; this ends all the same, if need be after a while.
"""

from __future__ import annotations

import faulthandler
import sys
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec

from integrations import charts
from integrations.charts.orders import (
    PATIENCE,
    BarsOrder,
    GamesOrder,
    HeatMapOrder,
    Order,
    PartyOrder,
    Sheet,
)


def _drawn(order: Order, look: charts.Look) -> bytes:
    match order:
        case BarsOrder(bars=bars, title=title):
            return charts.bars_png(bars, title, look)
        case HeatMapOrder(hours=hours, title=title):
            return charts.heat_map_png(hours, look, title)
        case GamesOrder(games=games):
            return charts.top_games_png(games, look)
        case PartyOrder(party=party):
            return charts.party_png(party, look)
        case _:
            assert_never(order)


def _main() -> None:
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    sheet = msgspec.json.decode(sys.stdin.buffer.read(), type=Sheet)
    look = charts.Look(sheet.theme, sheet.language, ZoneInfo(sheet.zone))
    pictures = [_drawn(order, look) for order in sheet.orders]
    sys.stdout.buffer.write(msgspec.json.encode(pictures))


if __name__ == "__main__":
    _main()

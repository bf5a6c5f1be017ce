"""The stream: ids, what was missed, pages that are slow, and idleness while nobody listens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from integrations.inspector.news import (
    KEPT,
    LISTENERS,
    WAITING,
    Listener,
    Message,
    News,
    TooManyListenersError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def news_of(*events: str) -> News:
    """News that always brings these events, at once."""

    def gather() -> Iterator[tuple[str, bytes]]:
        for event in events:
            yield event, b"{}"

    news = News(gather)
    news.every = 0.0
    return news


async def turns() -> None:
    """Let the loop do everything that is due."""
    for _ in range(5):
        await asyncio.sleep(0)


async def heard(listener: Listener) -> Message:
    message = await listener.next(5)
    assert message is not None
    return message


async def test_a_new_page_is_told_to_ask_for_everything_first() -> None:
    listener = news_of("changes").subscribe()
    assert (await heard(listener)).event == "reset"


async def test_a_change_is_told_once_however_many_there_were() -> None:
    news = news_of("changes")
    listener = news.subscribe()
    await heard(listener)
    for _ in range(50):
        news.changed()
    assert (await heard(listener)).event == "changes"
    await turns()
    assert listener.waiting == 0


async def test_a_page_that_comes_back_is_sent_what_it_missed() -> None:
    news = news_of("changes")
    listener = news.subscribe()
    await heard(listener)
    other = news.subscribe()
    await heard(other)
    news.changed()
    last = (await heard(listener)).id
    news.unsubscribe(listener)
    await heard(other)
    news.changed()
    missed = await heard(other)
    again = news.subscribe(last)
    assert (await heard(again)).id == missed.id


async def test_a_page_that_missed_nothing_is_told_nothing() -> None:
    news = news_of("changes")
    listener = news.subscribe()
    await heard(listener)
    news.changed()
    last = (await heard(listener)).id
    news.unsubscribe(listener)
    again = news.subscribe(last)
    await turns()
    assert again.waiting == 0


@pytest.mark.parametrize(
    "last_id", ["", "x", "other-3", "-", "{boot}-x", "{boot}-99999", "{boot}-" + "9" * 5000]
)
async def test_a_page_from_elsewhere_or_another_time_begins_anew(last_id: str) -> None:
    news = news_of("changes")
    listener = news.subscribe(last_id.format(boot=news.boot))
    assert (await heard(listener)).event == "reset"


async def test_a_page_that_missed_too_much_begins_anew() -> None:
    news = news_of(*["changes"] * (KEPT + 1))
    listener = news.subscribe()
    last = (await heard(listener)).id
    news.changed()
    await turns()
    assert (await heard(news.subscribe(last))).event == "reset"


async def test_what_waits_for_a_slow_page_is_bounded_and_gives_way_to_a_reset() -> None:
    news = news_of(*["changes"] * (WAITING * 3))
    listener = news.subscribe()
    await heard(listener)
    news.changed()
    await turns()
    message = await heard(listener)
    assert (message.event, message.data) == ("reset", b'{"why":"behind"}')
    assert news.dropped == 1
    await turns()
    assert listener.waiting == 0
    news.changed()
    await turns()
    assert (await heard(listener)).event == "reset"


async def test_while_nobody_listens_nothing_is_gathered_and_no_timer_runs() -> None:
    asked: list[int] = []

    def gather() -> Iterator[tuple[str, bytes]]:
        asked.append(1)
        yield "changes", b"{}"

    news = News(gather)
    news.every = 0.0
    for _ in range(10):
        news.changed()
    await turns()
    assert not news.is_heard
    assert asked == []


async def test_only_so_many_pages_may_listen() -> None:
    news = news_of()
    for _ in range(LISTENERS):
        news.subscribe()
    with pytest.raises(TooManyListenersError):
        news.subscribe()


async def test_closing_ends_every_stream() -> None:
    news = news_of("changes")
    listener = news.subscribe()
    news.close()
    assert await listener.next(1) is None


def test_an_event_is_written_as_the_standard_says() -> None:
    assert Message("changes", b'{"a":1}', "b-2").encoded() == (
        b'id: b-2\nevent: changes\ndata: {"a":1}\n\n'
    )

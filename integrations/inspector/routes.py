"""The routes: the page, what it asks for, and the stream of what changes."""

from __future__ import annotations

import asyncio
import importlib.metadata
import re
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from integrations.inspector.drawings import machines
from integrations.inspector.life import life_of_record, life_of_session
from integrations.inspector.metrics import exposition
from integrations.inspector.news import LISTENERS, Message, TooManyListenersError
from integrations.inspector.pieces import object_of
from integrations.inspector.rows import FiredRow, SessionRow
from integrations.inspector.shared_words import shared_words
from integrations.inspector.timeline import TimelineRow, timeline
from integrations.inspector.watcher import Changes
from integrations.statistics.records import let_go_of_records
from integrations.turns import in_turns, others_first
from machines import SECOND
from persistence import FolderLedger, HistoryFilter, PersistenceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp.typedefs import Handler

    from integrations.inspector.gate import Gate
    from integrations.inspector.loop_lag import LoopLag
    from integrations.inspector.watcher import Watcher
    from machines import AnySession

__all__ = ["Routes"]

_STATIC = Path(__file__).parent / "static"
_AT_ONCE = 100
"""Sessions in one line of the list; between two lines the bot goes on with its work."""

_HOUR = 3600 * SECOND
_LONGEST = 24 * 31.0
"""Hours that a timeline may reach back."""
_HOURS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")
_GUILD = re.compile(r"[0-9]{0,18}|[0-8][0-9]{18}")
_FIRST = re.compile(r"[0-9]{1,7}")
_RECORDS = 3000
_BEAT = 15.0
"""Seconds after which a silent stream says that it is alive."""
_PATIENCE = 30.0
"""Seconds that a page may leave its stream unread."""


class _Standing(msgspec.Struct, kw_only=True):
    """How things stand: what a page is told first."""

    boot: str
    version: str
    language: str
    timezone: str
    check_every: float
    guilds: msgspec.Raw
    changes: Changes
    feed: list[FiredRow]
    recent: list[SessionRow]


class _Chunk(msgspec.Struct):
    """A part of the list of sessions, as it was at the time of message ``number``."""

    number: int
    rows: list[SessionRow]


class Routes:
    """Answers what the gate lets through."""

    def __init__(self, watcher: Watcher, gate: Gate, lag: LoopLag) -> None:
        """Answer with what ``watcher`` knows."""
        self._watcher = watcher
        self._gate = gate
        self._lag = lag
        self._encode = msgspec.json.Encoder().encode

    def add_to(self, application: web.Application) -> None:
        """Offer everything there is to read."""
        application.add_routes(
            [
                web.get("/", partial(self._file, "index.html")),
                web.get("/login", partial(self._file, "login.html")),
                web.post("/login", self._log_in),
                web.get("/api/state", self._now(self._state)),
                web.get("/api/machines", self._drawn),
                web.get("/api/sessions", self._now(self._sessions)),
                web.get("/api/sessions/{id}", self._now(self._life)),
                web.get("/api/timeline", self._now(self._timeline)),
                web.get("/api/checks", self._checks),
                web.get("/api/events", self._events),
                web.get("/metrics", self._now(self._metrics)),
                web.get("/static/shared-words.js", self._words),
                web.static("/static", _STATIC),
            ]
        )

    def _now(self, handler: Handler) -> Handler:
        """Have all that was heard taken in before it is answered."""

        async def answer(request: web.Request) -> web.StreamResponse:
            if self._watcher.subject is not None:
                self._watcher.subject.catch_up()
            return await handler(request)

        return answer

    # Pages

    async def _file(self, name: str, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(_STATIC / name)

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        try:
            given = (await request.post()).get("token", "")
        except (ValueError, LookupError):  # no UTF-8, or a charset or a boundary that is none
            given = ""
        response = await self._gate.log_in(request, given if isinstance(given, str) else "")
        if response is not None:
            return response
        return web.FileResponse(_STATIC / "login-again.html", status=401)

    # Data

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        watcher, subject = self._watcher, self._watcher.subject
        await watcher.catch_up()
        guild_ids = [] if subject is None else subject.engine.guild_ids()
        settings = None if subject is None else subject.engine.settings
        # All of one instant, and before the names: what comes meanwhile is told by the stream.
        changes, feed = watcher.changes(), watcher.feed()
        recent = [watcher.row(life.session) for life in islice(watcher.lives, 100)]
        others = watcher.guild_names(row.guild for row in recent)
        named = ((one, watcher.guild_name(one)) for one in map(str, guild_ids) if one not in others)
        guilds = await object_of(chain(others.items(), named))
        standing = _Standing(
            boot=watcher.news.boot,
            version=importlib.metadata.version("latido"),
            language="es" if settings is None else settings.log_language,
            timezone="UTC" if settings is None else settings.timezone,
            check_every=0.0 if settings is None else settings.health_check_every,
            guilds=guilds,
            changes=changes,
            feed=feed,
            recent=recent,
        )
        return self._json(standing)

    async def _drawn(self, _request: web.Request) -> web.StreamResponse:
        return self._json(await asyncio.to_thread(machines))

    async def _sessions(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        sessions = self._watcher.sessions()
        while some := list(islice(sessions, _AT_ONCE)):
            number = self._watcher.news.number
            rows = [self._watcher.row(session) for session in some if not session.is_over]
            await response.write(self._encode(_Chunk(number, rows)) + b"\n")
            await others_first()
        await response.write_eof()
        return response

    async def _life(self, request: web.Request) -> web.StreamResponse:
        session_id, watcher = request.match_info["id"], self._watcher
        if watcher.subject is None:
            return self._missing()
        now = watcher.subject.now()
        life = watcher.lives.of(session_id)
        if life is not None:
            people, known = watcher.people_in(life.session), watcher.as_known_now(life.session)
            return self._json(await life_of_session(known, life, now, people))
        async for session in in_turns(watcher.sessions()):
            if session.id == session_id:
                people, known = watcher.people_in(session), watcher.as_known_now(session)
                return self._json(await life_of_session(known, None, now, people))
        reader = FolderLedger(watcher.subject.data_dir)
        record = await asyncio.to_thread(reader.record, session_id)
        return self._missing() if record is None else self._json(await life_of_record(record))

    async def _timeline(self, request: web.Request) -> web.StreamResponse:
        subject = self._watcher.subject
        if subject is None:
            return self._json(TimelineRow(since=0, until=0))
        asked, guild = request.query.get("hours", "6"), request.query.get("guild", "")
        first = request.query.get("first", "0")
        if not (_HOURS.fullmatch(asked) and _GUILD.fullmatch(guild) and _FIRST.fullmatch(first)):
            text = "hours is a number, guild the id of a server, first how many lanes to pass over."
            return web.Response(status=400, text=text)
        guild_id = int(guild) if guild else None
        now = subject.now()
        since = now - round(min(float(asked), _LONGEST) * _HOUR)
        wanted = HistoryFilter(
            guild_id=guild_id, since=since, newest_first=True, limit=_RECORDS + 1
        )
        reader = FolderLedger(subject.data_dir)
        try:
            records = await asyncio.to_thread(list, reader.history(wanted))
        except PersistenceError as error:
            return web.Response(status=503, text=str(error))

        def sessions() -> Iterable[AnySession]:
            return map(self._watcher.as_known_now, subject.engine.sessions(guild_id))

        is_cut = len(records) > _RECORDS
        try:
            row = await timeline(records, sessions, since, subject.now(), int(first))
        finally:
            await let_go_of_records(records)
        row.cut = row.cut or is_cut
        row.guilds = self._watcher.guild_names(lane.guild for lane in row.lanes)
        return self._json(row)

    async def _checks(self, _request: web.Request) -> web.StreamResponse:
        return self._json(list(self._watcher.checks))

    async def _metrics(self, _request: web.Request) -> web.StreamResponse:
        self._lag.measure()
        return await exposition(self._watcher, self._lag)

    async def _words(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=shared_words(), content_type="text/javascript")

    # The stream

    async def _events(self, request: web.Request) -> web.StreamResponse:
        news = self._watcher.news
        await self._watcher.catch_up()
        try:
            listener = news.subscribe(request.headers.get("Last-Event-ID", ""))
        except TooManyListenersError:
            text = f"{LISTENERS} pages are open: close one of them."
            return web.Response(status=503, text=text, headers={"Retry-After": "10"})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        try:
            await response.prepare(request)
            await response.write(b"retry: 1000\n\n")
            while True:
                try:
                    message = await listener.next(_BEAT)
                except TimeoutError:
                    message = Message("changes", self._encode(self._watcher.changes()))
                if message is None:
                    break
                async with asyncio.timeout(_PATIENCE):
                    await response.write(message.encoded())
        except (ConnectionError, TimeoutError):
            pass  # the page is gone, or stands still; it will come back if it is wanted
        finally:
            news.unsubscribe(listener)
        return response

    # Answers

    def _json(self, value: object) -> web.Response:
        return web.Response(body=self._encode(value), content_type="application/json")

    def _missing(self) -> web.Response:
        return web.Response(status=404, text="There is no such session, neither live nor ended.")

"""The inspector: a page inside the bot's own event loop that shows what its sessions do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from aiohttp import web

from integrations.inspector.address import InspectorAddress, InspectorError
from integrations.inspector.gate import Gate, add_headers
from integrations.inspector.loop_lag import LoopLag
from integrations.inspector.routes import Routes
from integrations.inspector.subject import Subject, subject_of
from integrations.inspector.watcher import Watcher

if TYPE_CHECKING:
    from types import TracebackType

    from integrations.cog import SessionCog

__all__ = ["Inspector"]

_LONGEST_REQUEST = 4096
_SHUTDOWN = 1.0
"""Seconds that open streams are given to end."""


class Inspector:
    """Serves the page while it is entered; what it shows may change from one bot to the next.

    Attributes:
        watcher: what it knows.
        url: where it can be opened on this machine, once it is entered.
    """

    def __init__(self, address: InspectorAddress) -> None:
        """Offer the page on ``address`` once entered."""
        self._address = address
        self._lag = LoopLag()
        self._cog: SessionCog | None = None
        self._runner: web.AppRunner | None = None
        self.watcher = Watcher()
        self.gate = Gate(address)
        self.url = ""

    async def start(self) -> None:
        """Listen.

        Raises:
            InspectorError: the address cannot be had.
        """
        application = web.Application(
            middlewares=[self.gate.guard], client_max_size=_LONGEST_REQUEST
        )
        application.on_response_prepare.append(add_headers)
        Routes(self.watcher, self.gate, self._lag).add_to(application)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN)
        await runner.setup()
        host, port = self._address.host, self._address.port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            raise InspectorError(
                f"The inspector cannot listen on {host}:{port} ({error.strerror or error}): "
                "choose another address or port, or 0 to let the system choose one."
            ) from error
        self._runner = runner
        bound = runner.addresses[0][1]
        if self._address.is_everywhere:
            host = "::1" if ":" in host else "127.0.0.1"
        named = f"[{host}]" if ":" in host else host
        self.url = f"http://{named}:{bound}/"

    async def stop(self) -> None:
        """Let every open page go, and listen no more."""
        self.leave()
        self._lag.stop()
        self.watcher.news.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self.watcher.let_go()

    def watch(self, cog: SessionCog) -> None:
        """Show what a cog does from now on."""
        self.leave()
        self._cog = cog
        cog.observers.append(self.watcher)
        self.watcher.watch(subject_of(cog))

    def show(self, subject: Subject) -> None:
        """Show an engine that is driven otherwise; its driver tells :attr:`watcher` of effects."""
        self.leave()
        self.watcher.watch(subject)

    def leave(self) -> None:
        """Show nothing; what was known of many sessions is let go of in turns."""
        if self._cog is not None:
            self._cog.observers.remove(self.watcher)
            self._cog = None
        self.watcher.leave()

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Listen no more."""
        await self.stop()

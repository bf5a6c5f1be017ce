"""The ways in which the stand-in misbehaves: REST that fails, a gateway that refuses or freezes.

What becomes of single events is said where they happen (``pino.leaves(lost=True)``), see
:mod:`integrations.loopback.delivery`.
"""

import asyncio
from fnmatch import fnmatchcase

import msgspec

PROXY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


class RestFault(msgspec.Struct, eq=False):
    """A fault of the routes whose ``"METHOD /path"`` matches ``route``.

    Attributes:
        route: for instance ``"GET /guilds/*/voice-states/*"``; ``*`` stands for anything.
        status: what is answered instead; None answers as usual, after ``delay``.
        code: Discord's error code in the body.
        delay: seconds before the answer.
        retry_after: for 429, the seconds of the headers and the body.
        everywhere: for 429, whether the limit is the global one.
        html: whether the body is a proxy's page rather than JSON.
        remaining: how many requests it will still spoil; None: all, until ``end``.
        hits: how many it has spoilt.
    """

    route: str
    status: int | None = None
    code: int = 0
    delay: float = 0.0
    retry_after: float = 0.0
    everywhere: bool = False
    html: bool = False
    remaining: int | None = None
    hits: int = 0

    def end(self) -> None:
        """Answer properly from now on."""
        self.remaining = 0


class Faults:
    """What is wrong at the moment.

    Attributes:
        gateway_down: new websockets are refused with HTTP 503.
        knows_channel_info: whether op 43 is answered; otherwise the connection is closed with
            4001 (unknown opcode), as by a gateway that does not have it.
        answers_channel_info: whether CHANNEL_INFO ever comes where op 43 is known.
        answers_member_requests: whether GUILD_MEMBERS_CHUNK ever comes.
        identifies_refused: how many of the next IDENTIFYs are answered with op 9; None: all.
        resumes_refused: the same for RESUMEs.
        clock_is_off_by: seconds that the Date header of REST answers is ahead.
    """

    def __init__(self) -> None:
        self.gateway_down = False
        self.knows_channel_info = True
        self.answers_channel_info = True
        self.answers_member_requests = True
        self.identifies_refused: int | None = 0
        self.resumes_refused: int | None = 0
        self.clock_is_off_by = 0.0
        self._rest: list[RestFault] = []
        self._thawed = asyncio.Event()
        self._thawed.set()

    # REST

    def rest_fails(
        self, route: str = "*", *, status: int = 500, code: int = 0, times: int | None = None
    ) -> RestFault:
        """Answer with an error: 500, 502, 503, 403 and so on, in Discord's JSON."""
        return self._add(RestFault(route, status=status, code=code, remaining=times))

    def rest_limits(
        self,
        route: str = "*",
        *,
        retry_after: float = 1.0,
        everywhere: bool = False,
        times: int | None = 1,
    ) -> RestFault:
        """Answer 429 with its headers and body."""
        return self._add(
            RestFault(
                route, status=429, retry_after=retry_after, everywhere=everywhere, remaining=times
            )
        )

    def rest_dawdles(
        self, route: str = "*", *, seconds: float, times: int | None = None
    ) -> RestFault:
        """Answer properly, but late."""
        return self._add(RestFault(route, delay=seconds, remaining=times))

    def rest_is_a_proxy_page(
        self, route: str = "*", *, status: int = 502, times: int | None = None
    ) -> RestFault:
        """Answer with the HTML page of a proxy; with status 200 or 404 as well."""
        return self._add(RestFault(route, status=status, html=True, remaining=times))

    def rest_fault(self, method: str, path: str) -> RestFault | None:
        """The fault that spoils this request, counted as a hit."""
        for fault in self._rest:
            if fault.remaining != 0 and fnmatchcase(f"{method} {path}", fault.route):
                fault.hits += 1
                if fault.remaining is not None:
                    fault.remaining -= 1
                return fault
        return None

    # The gateway

    def refuse_identifies(self, times: int | None = None) -> None:
        """Answer the next IDENTIFYs with op 9 (not resumable); None: until ``recover``."""
        self.identifies_refused = times

    def refuse_resumes(self, times: int | None = None) -> None:
        """Answer the next RESUMEs with op 9 (not resumable); None: until ``recover``."""
        self.resumes_refused = times

    def refuses_identify(self) -> bool:
        """Whether an IDENTIFY that has come is refused."""
        refused, self.identifies_refused = _spend(self.identifies_refused)
        return refused

    def refuses_resume(self) -> bool:
        """Whether a RESUME that has come is refused."""
        refused, self.resumes_refused = _spend(self.resumes_refused)
        return refused

    def freeze(self) -> None:
        """Stop answering on the gateway: connections stay, heartbeats are not acknowledged."""
        self._thawed.clear()

    def thaw(self) -> None:
        """Answer again, what came meanwhile first."""
        self._thawed.set()

    async def thawed(self) -> None:
        """Wait while frozen."""
        await self._thawed.wait()

    def recover(self) -> None:
        """End every fault."""
        for fault in self._rest:
            fault.end()
        self._rest.clear()
        self.gateway_down = False
        self.knows_channel_info = True
        self.answers_channel_info = True
        self.answers_member_requests = True
        self.identifies_refused = 0
        self.resumes_refused = 0
        self.clock_is_off_by = 0.0
        self.thaw()

    def _add(self, fault: RestFault) -> RestFault:
        self._rest = [known for known in self._rest if known.remaining != 0]
        self._rest.append(fault)
        return fault


def _spend(left: int | None) -> tuple[bool, int | None]:
    if left is None:
        return True, None
    return left > 0, max(0, left - 1)

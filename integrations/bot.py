"""``latido run``: a complete bot, from its login to a clean stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from typing import TYPE_CHECKING, TypeVar

import aiohttp
import discord
from discord.ext import commands

from integrations import logs
from integrations.cog import SessionCog
from integrations.errors import LatidoError
from integrations.gateway.address import Address, find_address, point_at
from integrations.gateway.internals import keep_close_codes
from integrations.inspector import Inspector
from integrations.permission_needs import PORTAL_NAMES
from integrations.rewording import Reworded, unreachable
from integrations.words.catalogue import say
from persistence.owner import prove_ownable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from engine import Settings
    from integrations.inspector import InspectorAddress
    from integrations.launch import Launch

__all__ = ["run"]

_log = logging.getLogger("latido")

T = TypeVar("T")

_TOKEN_REFUSED = 4004
_LONGEST_PAUSE = 60.0


class RefusedError(LatidoError):
    """Discord refuses the token or the intents: trying again would change nothing."""


def run(
    launch: Launch,
    settings: Settings,
    *,
    verbose: bool = False,
    inspector: InspectorAddress | None = None,
) -> int:
    """Run the bot until it is told to stop; return the exit status.

    Args:
        launch: the token, the data folder, Discord's address.
        settings: what to go by.
        verbose: log what is going on in detail.
        inspector: where to offer the inspector page; None for nowhere.

    Raises:
        LatidoError: Discord refuses the bot, a setting is impossible, or the inspector's address
            cannot be had.
        PersistenceError: the data folder cannot be used.
    """
    logs.set_up(sys.stderr, secret=launch.token, verbose=verbose)
    prove_ownable(launch.data_dir)  # while Discord cannot be reached nothing else would say so
    # Latido tracks voice without ever speaking: discord.py need not say what that would take.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    keep_close_codes()
    reworded = Reworded(launch, settings.log_language)
    for name in ("discord.client", "discord.shard"):
        logging.getLogger(name).addFilter(reworded)
    return asyncio.run(_run(launch, settings, inspector))


async def _run(launch: Launch, settings: Settings, address: InspectorAddress | None) -> int:
    stop = asyncio.Event()
    _stop_on_signals(stop, settings)
    if address is None:
        return await _run_until(stop, launch, settings, None)
    async with Inspector(address) as inspector:
        key = "inspector.open_everywhere" if address.is_everywhere else "inspector.open"
        _log.info("%s", say(settings.log_language, key, url=inspector.url))
        return await _run_until(stop, launch, settings, inspector)


async def _run_until(
    stop: asyncio.Event, launch: Launch, settings: Settings, inspector: Inspector | None
) -> int:
    pause = 1.0
    while True:
        try:
            return await _session(launch, settings, stop, inspector)
        except (aiohttp.ClientError, discord.HTTPException, OSError, TimeoutError) as error:
            if _is_refusal(error):
                raise _refused_token(settings) from error
            _log.warning("%s", unreachable(settings.log_language, launch, error, pause))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        if stop.is_set():
            return _stopped(settings)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _session(
    launch: Launch, settings: Settings, stop: asyncio.Event, inspector: Inspector | None
) -> int:
    address = await _unless_stopped(find_address(launch), stop)
    if address is None:
        return _stopped(settings)
    point_at(address)
    bot = make_bot(settings, address)
    cog = SessionCog(bot, settings, data_dir=launch.data_dir, sync_commands=True)
    bot.sessions = cog
    if inspector is not None:
        inspector.watch(cog)
    running = asyncio.create_task(bot.start(launch.token), name="latido-bot")
    stopping = asyncio.create_task(stop.wait(), name="latido-stop")
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    except discord.PrivilegedIntentsRequired as error:
        raise await _refused_intents(bot, settings) from error
    except discord.LoginFailure as error:
        raise _refused_token(settings) from error
    except discord.ConnectionClosed as error:
        if error.code == _TOKEN_REFUSED:
            raise _refused_token(settings) from error
        raise RefusedError(say(settings.log_language, "run.closed", code=error.code)) from error
    finally:
        stopping.cancel()
        await _close(bot, running)
    if cog.unsaved is not None:
        return 1
    return _stopped(settings)


def _stopped(settings: Settings) -> int:
    _log.info("%s", say(settings.log_language, "run.stopped"))
    return 0


async def _unless_stopped(work: Coroutine[object, object, T], stop: asyncio.Event) -> T | None:
    """Return what ``work`` returns; None where the program is told to stop before."""
    doing = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        doing.cancel()
        stopping.cancel()
        await asyncio.gather(doing, return_exceptions=True)


async def _close(bot: commands.Bot | commands.AutoShardedBot, running: asyncio.Task[None]) -> None:
    ready: asyncio.Task[None] | None = getattr(bot._connection, "_ready_task", None)  # noqa: SLF001
    if ready is not None and not ready.done():
        # discord.py forgets the task that waits for guilds, and its failure is never heard.
        ready.cancel()
    await bot.close()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class _Plain(commands.Bot):
    """A bot on one connection."""

    sessions: SessionCog

    async def setup_hook(self) -> None:
        await self.add_cog(self.sessions)


class _Sharded(commands.AutoShardedBot):
    """A bot on several connections."""

    sessions: SessionCog

    async def setup_hook(self) -> None:
        await self.add_cog(self.sessions)


def make_bot(settings: Settings, address: Address) -> _Plain | _Sharded:
    """Return a bot with the intents that the settings ask for, sharded where Discord asks."""
    intents = discord.Intents.none()
    intents.guilds = intents.voice_states = True
    intents.presences, intents.members = settings.presences, settings.members
    make: Callable[..., _Plain | _Sharded] = _Sharded if address.shards > 1 else _Plain
    bot = make(
        command_prefix=commands.when_mentioned,
        help_command=None,
        intents=intents,
        enable_raw_presences=True,
        max_messages=None,
        allowed_mentions=discord.AllowedMentions.none(),
    )

    async def say_ready() -> None:
        name, guilds = str(bot.user), len(bot.guilds)
        _log.info("%s", say(settings.log_language, "run.ready", name=name, guilds=guilds))

    bot.add_listener(say_ready, "on_ready")
    return bot


def _stop_on_signals(stop: asyncio.Event, settings: Settings) -> None:
    def heard(name: str) -> None:
        if not stop.is_set():
            _log.info("%s", say(settings.log_language, "run.stopping", signal=name))
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heard, number.name)


def _is_refusal(error: Exception) -> bool:
    return getattr(error, "status", None) == 401  # noqa: PLR2004 - HTTP's "Unauthorized"


def _refused_token(settings: Settings) -> RefusedError:
    return RefusedError(say(settings.log_language, "token.refused"))


async def _refused_intents(
    bot: commands.Bot | commands.AutoShardedBot, settings: Settings
) -> RefusedError:
    wanted = {"presences": settings.presences, "members": settings.members}
    allowed = await _allowed_intents(bot)
    refused = [name for name, is_wanted in wanted.items() if is_wanted and name not in allowed]
    names = refused or [name for name, is_wanted in wanted.items() if is_wanted]
    text = say(
        settings.log_language,
        "intents.refused",
        intents=[PORTAL_NAMES[name] for name in names],
        settings=[f"{name} = false" for name in names],
    )
    return RefusedError(text)


async def _allowed_intents(bot: commands.Bot | commands.AutoShardedBot) -> set[str]:
    """Ask Discord which privileged intents the application has (its flags)."""
    try:
        flags = (await bot.application_info()).flags
    except (discord.DiscordException, aiohttp.ClientError, OSError, KeyError) as error:
        _log.debug("The application's flags are not known: %s", error)
        return set()
    allowed = set()
    if flags.gateway_presence or flags.gateway_presence_limited:
        allowed.add("presences")
    if flags.gateway_guild_members or flags.gateway_guild_members_limited:
        allowed.add("members")
    return allowed

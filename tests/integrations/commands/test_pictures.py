"""The pictures of answers in docs/: real answers of a real bot; ``make pictures`` writes them."""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from engine import Settings
from integrations.report import figures_of, page
from integrations.statistics.period import Window
from machines import SECOND, PartySession, Player, Record, Stay, Stretch, from_datetime
from machines.timeline import Timeline
from tests.integrations.commands.conftest import HOUR, running
from tests.integrations.commands.message_page import page_of, terminal_page
from tests.integrations.inspector.chromium import chromium, chromium_path, picture_folder

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import ViewportSize

    from integrations.loopback import Person, VoiceChannel
    from machines import Instant
    from tests.integrations.commands.conftest import Bot, Stage

ZONE = "America/Bogota"
MINUTE = 60 * SECOND
GAMES = ("VALORANT", "Minecraft", "League of Legends", "Hades")

pytestmark = pytest.mark.skipif(
    chromium_path() is None, reason="there is no Chromium to take pictures with"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return picture_folder(tmp_path)


def midnight() -> Instant:
    today = datetime.now(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    return from_datetime(today.astimezone(UTC))


def weeks_of(stage: Stage) -> list[Record]:
    """Return twelve weeks of evenings of three people, the same whenever they are asked for.

    Yesterday they played together, which :func:`played_together` tells.
    """
    chance = random.Random(7)  # noqa: S311 - evenings, not secrets
    people = (stage.pino, stage.agu, stage.zeta)
    return [
        _session(stage, person, chance, midnight() - day * 24 * HOUR, game)
        for day in range(1, 84)
        for person in people
        for game in (None, chance.choices(GAMES, (5, 3, 2, 1))[0])
        if chance.random() < 0.5 and (game is None or day > 1)
    ]


def _session(
    stage: Stage, person: Person, chance: random.Random, day: Instant, game: str | None
) -> Record:
    hours = chance.uniform(0.4, 3.2)
    record = stage.record(person, hours, game=game)
    record.started_at = day + round(chance.uniform(16, 21) * HOUR)
    record.ended_at = record.last_seen = record.started_at + round(hours * HOUR)
    record.id = f"{person.id}-{day}-{game}"
    record.confirmed_at = record.started_at + 10 * SECOND
    if record.stays:
        first = record.stays[0]
        record.stays = (Stay(first.channel_id, first.channel_name, *(2 * [record.started_at])),)
    if chance.random() < 0.15:
        middle = (record.started_at + record.ended_at) // 2
        record.stretches = (Stretch(middle, middle + 4 * MINUTE, "unknown"),)
    return record


def eventful(stage: Stage, lounge: VoiceChannel) -> Record:
    """Return a session of agu's in which everything happened that can."""
    start = midnight() - 3 * HOUR
    end = start + 130 * MINUTE
    stretches = [
        Stretch(start + 31 * MINUTE, start + 31 * MINUTE + 40 * SECOND, "away"),
        Stretch(start + 70 * MINUTE, start + 82 * MINUTE, "unknown"),
        Stretch(end, end + 10 * MINUTE, "unknown"),
    ]
    account = Timeline(start, end, stretches, unbounded=False).account()
    record = stage.record(stage.agu, 1)
    record.id, record.started_at, record.ended_at, record.last_seen = "eventful", start, end, end
    record.confirmed_at = start + 10 * SECOND
    record.state, record.reason, record.stretches = "orphaned", "leave_missed", tuple(stretches)
    record.seconds, record.uncertain_seconds = account
    moved = start + 45 * MINUTE
    record.stays = (
        Stay(stage.general.id, "General", start, start),
        Stay(lounge.id, lounge.name, moved, moved),
    )
    return record


def played_together(stage: Stage) -> list[Record]:
    """Return a party of the three and their games, in which nobody watched for a while."""
    start = midnight() - 5 * HOUR
    end, gap = start + 95 * MINUTE, start + 40 * MINUTE
    unknown = (Stretch(gap, gap + 8 * MINUTE, "unknown"),)
    spans = {stage.pino: (-10, 95), stage.agu: (0, 95), stage.zeta: (25, 88)}
    games = [
        _told(
            stage.record(person, 1, game="VALORANT"),
            start + first * MINUTE,
            start + last * MINUTE,
            unknown,
        )
        for person, (first, last) in spans.items()
    ]
    party = _told(stage.record(stage.pino, 1, game="VALORANT"), start, end, unknown)
    party.kind, party.user_id, party.username = "party", None, None
    party.reason, party.max_players = "too_few_players", 3
    party.players = tuple(
        Player(
            session_id=game.id,
            user_id=game.user_id or 0,
            username=game.username or "",
            started_at=game.started_at,
            ended_at=game.ended_at,
            stretches=unknown,
        )
        for game in games
    )
    return [party, *games]


def _told(record: Record, start: Instant, end: Instant, unknown: tuple[Stretch, ...]) -> Record:
    record.id = f"{record.user_id}-{start}-{end}"
    record.started_at, record.ended_at, record.last_seen = start, end, end
    record.confirmed_at, record.stretches = start + 10 * SECOND, unknown
    timeline = Timeline(start, end, list(unknown), unbounded=False)
    record.seconds, record.uncertain_seconds = timeline.account()
    return record


async def be_checked(stage: Stage, bot: Bot) -> None:
    """Let five checks run, ten minutes apart; the third finds that a leaving was never sent."""
    for number in range(5):
        if number == 2:
            stage.zeta.joins(stage.general)
            await stage.discord.until(
                lambda: any(session.is_live for session in bot.cog.engine.sessions())
            )
            stage.zeta.leaves(lost=True)
        await bot.cog.check_now()
    figures = bot.cog.check_figures
    figures.latest = [
        done._replace(at=done.at - ago * 10 * MINUTE) for ago, done in enumerate(figures.latest)
    ]


async def be_there_for(stage: Stage, bot: Bot, minutes: int) -> None:
    """Let two of the three play, and two be in voice, for so long already."""
    for person in (stage.pino, stage.agu):
        person.plays("VALORANT", application_id=7)
    stage.pino.joins(stage.general)
    stage.zeta.joins(stage.general)
    await stage.discord.until(lambda: bot.cog.engine.counts().total() == 5)
    for session in bot.cog.engine.sessions():
        session.started_at -= minutes * MINUTE
        if isinstance(session, PartySession):
            session.players = [
                replace(player, started_at=player.started_at - minutes * MINUTE)
                for player in session.players
            ]


async def what_the_doctor_says(stage: Stage) -> str:
    """Return what ``latido doctor`` prints, as if the stand-in were Discord."""
    environment = {
        "DISCORD_TOKEN": stage.discord.token,
        "DISCORD_API_URL": stage.discord.api_url,
        "LATIDO_LOG_LANGUAGE": "en",
    }
    doctor = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "latido", "doctor", "--data-dir", "data"),
        cwd=stage.folder.parent,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await doctor.communicate()
    told = printed.decode().replace(stage.discord.api_url, "https://discord.com/api/v10")
    return told.replace(stage.discord.gateway_url, "wss://gateway.discord.gg").rstrip()


class Asked(NamedTuple):
    """A command to photograph: the picture's name, what is written, and what is sent."""

    name: str
    written: str
    command: str
    locale: str
    options: dict[str, str]
    whom: str = ""


ANSWERS = [
    Asked("tiempo", "tiempo periodo: Desde siempre", "tiempo", "es-ES", {"periodo": "all"}),
    Asked(
        "ranking",
        "ranking tipo: Voz periodo: Este mes",
        "ranking",
        "es-ES",
        {"periodo": "month", "tipo": "voice"},
    ),
    Asked("sesiones", "sesiones", "sesiones", "es-ES", {}),
    Asked("juegos", "juegos periodo: Desde siempre", "juegos", "es-ES", {"periodo": "all"}),
    Asked("porque", "porque persona: agu tipo: Voz", "porque", "es-ES", {"tipo": "voice"}, "agu"),
    Asked(
        "porque-party",
        "porque persona: Zeta tipo: Parties",
        "porque",
        "es-ES",
        {"tipo": "party"},
        "Zeta",
    ),
    Asked("salud", "salud", "salud", "es-ES", {}),
    Asked("privacidad", "privacidad", "privacidad", "es-ES", {}),
    Asked("time", "time period: This week", "tiempo", "en-US", {"periodo": "week"}),
    Asked("why", "why person: agu kind: Voice", "porque", "en-US", {"tipo": "voice"}, "agu"),
]


async def test_a_picture_of_every_answer_is_taken(stage: Stage, folder: Path) -> None:
    lounge = stage.guild.add_voice_channel("Sala de espera")
    stage.remember([*weeks_of(stage), eventful(stage, lounge), *played_together(stage)])
    async with running(stage, timezone=ZONE) as bot, chromium() as browser:
        await be_checked(stage, bot)
        await be_there_for(stage, bot, 47)
        lounge.allows(connect=False)
        size: ViewportSize = {"width": 640, "height": 400}
        tab = await browser.new_page(device_scale_factor=1.5, viewport=size)
        people = {"agu": stage.agu, "Zeta": stage.zeta}
        for name, written, command, locale, options, whom in ANSWERS:
            whose = {"persona": people[whom]} if whom else {}
            answer = await stage.ask(stage.pino, command, locale, **options, **whose)
            await tab.set_content(page_of(written, answer, ZONE))
            shot = await tab.locator(".shot").screenshot(path=folder / f"command-{name}.png")
            assert shot.startswith(b"\x89PNG")


async def test_pictures_of_the_report_and_of_the_doctor_are_taken(
    stage: Stage, folder: Path
) -> None:
    now = from_datetime(datetime.now(UTC))
    figures = figures_of(
        [*weeks_of(stage), *played_together(stage)],
        guild_id=None,
        period="all",
        window=Window(None, now),
        now=now,
        zone=ZoneInfo(Settings(timezone=ZONE).timezone),
    )
    stage.general.allows(connect=False)
    stage.discord.faults.clock_is_off_by = timedelta(minutes=-2).total_seconds()
    told = await what_the_doctor_says(stage)
    async with chromium() as browser:
        tab = await browser.new_page(viewport={"width": 1080, "height": 900})
        for scheme, language in (("light", "es"), ("dark", "en")):
            await tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await tab.set_content(page(figures, "es" if language == "es" else "en"))
            await tab.screenshot(path=folder / f"report-{scheme}.png", full_page=True)
        await tab.set_content(terminal_page(f"$ latido doctor\n{told}"))
        await tab.add_style_tag(content=".shot { width: auto; padding: 0; display: inline-block; }")
        shot = await tab.locator(".shot").screenshot(path=folder / "doctor.png")
    assert shot.startswith(b"\x89PNG")

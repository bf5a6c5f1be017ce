"""The proposal's own format, schema 0: read, and turned into sessions.

Its times are naive and local, its sessions are keyed by the person alone (parties by the
game alone), ``guild_id`` may be missing, and it has no ``schema``. A session that was not
confirmed is left out. Ids are derived from what the file says, so that reading a file twice
gives the same sessions, and the ledger recognizes one that has ended since.

Nobody watched after the file was written: the gap opens at its ``last_updated``, or else
when the file was last modified.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, cast, get_args

import msgspec
from msgspec import UNSET, UnsetType

from machines import (
    ActivityType,
    AnySession,
    GameSession,
    GuildWatch,
    Instant,
    Kind,
    LiveState,
    PartySession,
    Player,
    Snowflake,
    VoiceSession,
    player_of,
)
from persistence.beside_the_loop import beside_the_loop, grows_old, let_go_of
from persistence.iso_time import from_local_text
from persistence.pieces import decode_in_pieces
from persistence.reading import BrokenEntry, Reading, problem_of
from persistence.shelves import Shelves
from persistence.snapshot_entries import Count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import tzinfo

__all__ = ["read_proposal"]

_IDS = uuid.UUID("6c617469-646f-5000-8000-70726f706f73")
_SECTIONS = ("voice_sessions", "game_sessions", "party_sessions")

LooseId = Snowflake | Annotated[str, msgspec.Meta(pattern="^[0-9]{1,19}$")]


class ProposalVoice(msgspec.Struct):
    """A voice session as the proposal writes it."""

    username: str
    channel_id: LooseId
    channel_name: str
    start_time: str
    is_confirmed: bool = False
    guild_id: LooseId | None = 0


class ProposalGame(msgspec.Struct):
    """A game session as the proposal writes it."""

    username: str
    game_name: str
    activity_type: str
    start_time: str
    app_id: LooseId | None = None
    is_confirmed: bool = False
    guild_id: LooseId | None = 0


class ProposalParty(msgspec.Struct):
    """A party as the proposal writes it."""

    player_ids: list[LooseId]
    player_names: list[str]
    start_time: str
    max_players: Count | None = None
    is_confirmed: bool = False
    guild_id: LooseId | None = 0


class ProposalDocument(msgspec.Struct):
    """The whole file. Its parts stay raw, so that one that is broken does not take the rest."""

    voice_sessions: dict[str, msgspec.Raw] | UnsetType = UNSET
    game_sessions: dict[str, msgspec.Raw] | UnsetType = UNSET
    party_sessions: dict[str, msgspec.Raw] | UnsetType = UNSET
    last_updated: str | None = None


def read_proposal(
    text: Iterable[bytes], modified_at: Instant, zone: tzinfo | None
) -> Reading | None:
    """Return the confirmed sessions of a file in the proposal's format.

    None where it has none of the proposal's three keys.

    Args:
        text: the file, in pieces.
        modified_at: when the file was last written.
        zone: the local time zone of who wrote it; None is that of this machine.

    Raises:
        ValueError: it is no JSON object, or not in that format.
    """
    document = decode_in_pieces(text, ProposalDocument, _SECTIONS)
    reader = _Reader(zone)
    # Games before parties: a party is tied to the games of its players.
    found = [
        reader.read("voice_sessions", document.voice_sessions, reader.voice),
        reader.read("game_sessions", document.game_sessions, reader.game),
        reader.read("party_sessions", document.party_sessions, reader.party),
    ]
    reader.let_go_of_games()
    if not any(found):
        return None
    written_at = modified_at
    if document.last_updated is not None:
        written_at = from_local_text(document.last_updated, zone)
    # In the hour that a change of clocks repeats, local times say less than their order: the
    # file was written no earlier than the newest start in it.
    written_at = max(written_at, reader.newest_start)
    state = LiveState(
        sessions=reader.sessions,
        guilds=[GuildWatch(guild_id=guild, observed_until=written_at) for guild in reader.guilds],
        saved_at=written_at,
    )
    return Reading(state, reader.broken, schema=0)


class _Reader:
    def __init__(self, zone: tzinfo | None) -> None:
        self.sessions: list[AnySession] = grows_old([])
        self.broken: list[BrokenEntry] = []
        self.guilds: dict[int, None] = {}
        self.newest_start: Instant = 0
        self._zone = zone
        self._games: Shelves[GameSession] = Shelves()

    def let_go_of_games(self) -> None:
        """Hold none of the games any more that parties are tied to: all at once takes long."""
        for _game in beside_the_loop(self._games.drain()):
            pass

    def read(
        self,
        section: str,
        entries: dict[str, msgspec.Raw] | UnsetType,
        convert: Callable[[str, msgspec.Raw], AnySession | None],
    ) -> bool:
        """Take in a section, which is empty afterwards; return whether there is one."""
        if entries is UNSET:
            return False
        for number, (key, raw) in enumerate(beside_the_loop(entries.items()), start=1):
            try:
                session = convert(key, raw)
            except (ValueError, RecursionError) as error:
                # Not by its key: that is a person's id, and this goes to the log.
                self.broken.append(BrokenEntry(section, f"#{number}", problem_of(error)))
                continue
            if session is not None:
                self.sessions.append(session)
                self.guilds[session.guild_id] = None
                self.newest_start = max(self.newest_start, session.started_at)
        let_go_of(entries)
        return True

    def voice(self, key: str, raw: msgspec.Raw) -> VoiceSession | None:
        entry = msgspec.json.decode(raw, type=ProposalVoice)
        if not entry.is_confirmed:
            return None
        start = from_local_text(entry.start_time, self._zone)
        channel_id = _number(entry.channel_id)
        return VoiceSession(
            id=_id("voice", key, entry.start_time),
            guild_id=_number(entry.guild_id),
            state="confirmed",
            started_at=start,
            last_seen=start,
            user_id=_number(key),
            username=entry.username,
            channel_id=channel_id,
            channel_name=entry.channel_name,
        )

    def game(self, key: str, raw: msgspec.Raw) -> GameSession | None:
        entry = msgspec.json.decode(raw, type=ProposalGame)
        if not entry.is_confirmed:
            return None
        start = from_local_text(entry.start_time, self._zone)
        session = GameSession(
            id=_id("game", key, entry.start_time),
            guild_id=_number(entry.guild_id),
            state="confirmed",
            started_at=start,
            last_seen=start,
            user_id=_number(key),
            username=entry.username,
            game_name=entry.game_name,
            app_id=None if entry.app_id is None else _number(entry.app_id),
            activity_type=_activity(entry.activity_type),
        )
        self._games.put(_played(session.user_id, session.game_name), session)
        return session

    def party(self, key: str, raw: msgspec.Raw) -> PartySession | None:
        entry = msgspec.json.decode(raw, type=ProposalParty)
        if not entry.is_confirmed:
            return None
        start = from_local_text(entry.start_time, self._zone)
        ids = list(dict.fromkeys(_number(player) for player in entry.player_ids))
        names = dict(zip(ids, entry.player_names, strict=False))
        games = [self._games.get(_played(user_id, key)) for user_id in ids]
        return PartySession(
            id=_id("party", key, entry.start_time),
            guild_id=_number(entry.guild_id),
            state="confirmed",
            started_at=start,
            last_seen=start,
            game_name=key,
            app_id=next((game.app_id for game in games if game and game.app_id), None),
            players=[
                _player(user_id, names.get(user_id, str(user_id)), key, entry.start_time, start)
                if game is None
                else player_of(game)
                for user_id, game in zip(ids, games, strict=True)
            ],
            max_players=len(ids) if entry.max_players is None else entry.max_players,
        )


def _player(user_id: int, name: str, game_name: str, text: str, start: Instant) -> Player:
    """Return a player whose game session the file does not hold."""
    session_id = _id("game", _played(user_id, game_name), text)
    return Player(session_id=session_id, user_id=user_id, username=name, started_at=start)


def _played(user_id: int, game_name: str) -> str:
    return f"{user_id}:{game_name}"


def _id(kind: Kind, key: str, start_time: str) -> str:
    return uuid.uuid5(_IDS, f"{kind}:{key}:{start_time}").hex


def _number(value: int | str | None) -> int:
    return 0 if value is None else msgspec.convert(value, Snowflake, strict=False)


def _activity(name: str) -> ActivityType:
    """Return the activity type; ``ActivityType.playing`` is what ``str`` makes of an enum."""
    plain = name.rpartition(".")[2].lower()
    return cast(ActivityType, plain) if plain in get_args(ActivityType) else "playing"

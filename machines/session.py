"""Sessions: plain structs that the machines move from state to state.

They are compared by identity (``eq=False``): two sessions with equal fields are two sessions.
None of them refers back to itself, so Python's collector of cycles leaves them out (``gc=False``):
looking through a hundred thousand of them would hold up everything else. What kind one is, its
``type`` says: ``isinstance`` of a struct that is another takes several times as long.
"""

from __future__ import annotations

from operator import attrgetter
from typing import ClassVar, Literal, final

import msgspec

from machines.instant import Instant
from machines.timeline import Stretch

__all__ = [
    "KINDS",
    "LIVE",
    "STATES",
    "TERMINAL",
    "ActivityType",
    "AnySession",
    "Deadline",
    "GameSession",
    "Kind",
    "PartySession",
    "Player",
    "Reason",
    "Session",
    "State",
    "Stay",
    "Trigger",
    "VoiceSession",
    "player_of",
]

Kind = Literal["voice", "game", "party"]
State = Literal["new", "pending", "confirmed", "recovered", "ended", "orphaned"]
Trigger = Literal[
    "start",
    "recover",
    "announce",
    "confirm",
    "cancel",
    "update",
    "lose",
    "return",
    "end",
    "go_on",
    "validate",
    "close",
]
ActivityType = Literal["playing", "streaming", "listening"]

Reason = Literal[
    "left",
    "cancelled",
    "leave_missed",
    "gap",
    "gap_not_bridged",
    "guild_removed",
    "channel_deleted",
    "opted_out",
    "too_few_players",
    "goes_on",
]
"""Why a session is over.

``left``: seen to leave and did not come back within the grace; ``cancelled``: too short to
count; ``leave_missed``: found gone although no leaving was seen; ``gap``: found gone after a
time in which nobody watched; ``gap_not_bridged``: there again after such a time, which the
settings do not bridge; ``too_few_players``: a party below ``party_min_players``; ``goes_on``: it
is not over, and what came until then was written down: another goes on from there.
"""

KINDS: tuple[Kind, ...] = ("voice", "game", "party")
STATES: tuple[State, ...] = ("new", "pending", "confirmed", "recovered", "ended", "orphaned")
_USER_ID = attrgetter("user_id")

LIVE: frozenset[State] = frozenset({"confirmed", "recovered"})
TERMINAL: frozenset[State] = frozenset({"ended", "orphaned"})


class Deadline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A trigger that is due at an instant. Data, so that it survives a restart.

    Attributes:
        at: when it is due.
        trigger: what is fired then.
    """

    at: Instant
    trigger: Trigger


class Session(msgspec.Struct, eq=False, kw_only=True, gc=False):
    """What voice, game and party sessions share.

    Attributes:
        kind: ``voice``, ``game`` or ``party``.
        id: unique for ever; the ledger's idempotency key.
        guild_id: Discord's id of the guild; 0 while it is not known yet (the proposal's files do
            not say it).
        state: where it stands: ``pending``, ``confirmed``, ``recovered``, ``ended``, ``orphaned``.
        started_at: from when on it counts.
        confirmed_at: when it came to count: confirmed, or found; None before, and where a file that
            was taken over does not say it.
        last_seen: the latest fresh evidence, not merely what the cache repeats.
        absent_since: seen to leave at this instant and not come back yet.
        unwatched_since: nobody has been able to say since this instant; None while watched.
        ended_at: when it was over; None while it goes on.
        reason: why it is over; None while it goes on.
        stretches: the parts of its timeline that are away or unknown.
        unbounded: nothing says since when it had been going on before ``started_at``.
        announced: an entry notice went out; not so in a cooldown, or once it was recovered.
        deadline: the one trigger that is due next, if any.
    """

    kind: ClassVar[Kind]

    id: str
    guild_id: int
    state: State = "new"
    started_at: Instant
    confirmed_at: Instant | None = None
    last_seen: Instant
    absent_since: Instant | None = None
    unwatched_since: Instant | None = None
    ended_at: Instant | None = None
    reason: Reason | None = None
    stretches: tuple[Stretch, ...] = ()
    unbounded: bool = False
    announced: bool = False
    deadline: Deadline | None = None

    def seen_at(self, at: Instant) -> None:
        """There is fresh evidence of an instant: ``last_seen`` moves on, and never back."""
        if at > self.last_seen:  # noqa: PLR1730 - max() takes several times as long
            self.last_seen = at

    @property
    def earliest_start(self) -> Instant:
        """The first instant at which it may have begun, where that is not ``unbounded``."""
        return min([self.started_at, *(part.start for part in self.stretches)])

    @property
    def is_live(self) -> bool:
        """Whether it counts now: confirmed or recovered."""
        return self.state in LIVE

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state in TERMINAL


class Stay(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A part of a voice session in one channel: it lasts until the next stay or the end.

    Attributes:
        channel_id: Discord's id of the channel.
        channel_name: its name.
        since: when they moved there, or when the session began.
        floor: the earliest instant at which the move can have happened; it differs from
            ``since`` where the move was found rather than heard.
    """

    channel_id: int
    channel_name: str
    since: Instant
    floor: Instant


@final
class VoiceSession(Session, eq=False, kw_only=True, gc=False):
    """One person in voice in one guild, through however many channels.

    Attributes:
        user_id: Discord's id of the person.
        username: what they are called in the guild, as last heard.
        channel_id: where they are.
        channel_name: its name.
        moved: the stays, once there are several. Most people never move, and have none here.
    """

    kind: ClassVar[Kind] = "voice"

    user_id: int
    username: str
    channel_id: int
    channel_name: str
    moved: tuple[Stay, ...] = ()

    @property
    def stays(self) -> tuple[Stay, ...]:
        """The channels that they have been in, one after the other; the last is where they are."""
        if self.moved:
            return self.moved
        return (Stay(self.channel_id, self.channel_name, self.started_at, self.started_at),)


@final
class GameSession(Session, eq=False, kw_only=True, gc=False):
    """One person with one game (or stream, or music) in one guild.

    Attributes:
        user_id: Discord's id of the person.
        username: what they are called in the guild, as last heard.
        game_name: the game's name, by the setting ``game_aliases`` where it has that.
        app_id: Discord's id of the application; None where Discord does not say it.
        activity_type: ``playing``, ``streaming`` or ``listening``.
    """

    kind: ClassVar[Kind] = "game"

    user_id: int
    username: str
    game_name: str
    app_id: int | None = None
    activity_type: ActivityType = "playing"


class Player(msgspec.Struct, frozen=True, eq=False, kw_only=True, gc=False):
    """One game session inside a party: the timeline of one player.

    Where something of it changes, another takes its place: so whoever copies the list of a party's
    players has all of them as they were. A player who comes back with a new game session has a
    second entry.

    Attributes:
        session_id: the id of that game session, under which it has a record of its own.
        user_id: Discord's id of the person; negative where they were forgotten: nobody knows who
            they were, and their time is still part of what the others played together.
        username: what they are called in the guild, as last heard.
        started_at: when that game session began; of a party that continues another, no earlier
            than the party.
        ended_at: when they stopped playing, or left and have not come back yet; None while they
            play, and in the record of a party that they outlasted.
        stretches: the parts of that game session's timeline that are away or unknown.
        unbounded: nothing says since when they had been playing before ``started_at``.
    """

    session_id: str
    user_id: int
    username: str
    started_at: Instant
    ended_at: Instant | None = None
    stretches: tuple[Stretch, ...] = ()
    unbounded: bool = False

    def after(self, session: GameSession, party: PartySession) -> Player:
        """Return what their party holds of them as their game session is by now.

        That is themselves where nothing of it has changed.
        """
        player = player_of(session)
        if party.continues:
            player = party.own_part(player)
        is_told_alike = (  # so far as it can change
            player.ended_at == self.ended_at
            and player.stretches == self.stretches
            and player.username == self.username
        )
        return self if is_told_alike else player

    def since(self, at: Instant) -> Player:
        """Return them without what was before an instant: another party holds that."""
        return msgspec.structs.replace(
            self,
            started_at=max(self.started_at, at),
            ended_at=None if self.ended_at is None else max(self.ended_at, at),
            stretches=tuple(
                part if part.start >= at else Stretch(at, part.end, part.value)
                for part in self.stretches
                if part.end > at
            ),
            unbounded=self.unbounded and self.started_at >= at,
        )

    def shifted(self, by: int) -> Player:
        """Return them with every instant moved by ``by`` microseconds."""
        return msgspec.structs.replace(
            self,
            started_at=self.started_at + by,
            ended_at=None if self.ended_at is None else self.ended_at + by,
            stretches=tuple(each.shifted(by) for each in self.stretches),
        )


@final
class PartySession(Session, eq=False, kw_only=True, gc=False):
    """Several people of one guild with the same game at the same time.

    Attributes:
        game_name: the game's name, by the setting ``game_aliases`` where it has that.
        app_id: Discord's id of the application; None where Discord does not say it.
        min_players: how many people make it a party.
        players: who has been in it so far, those who have left included.
        max_players: the most people that it had at once.
        continues: it goes on from where another ended, which holds what its players did before.
    """

    kind: ClassVar[Kind] = "party"

    game_name: str
    app_id: int | None = None
    min_players: int = 2
    players: list[Player] = msgspec.field(default_factory=list)
    max_players: int = 0
    continues: bool = False

    def own_part(self, player: Player) -> Player:
        """Return what it holds of a player; where it continues another, that holds the rest."""
        return player.since(self.started_at) if self.continues else player

    @property
    def named(self) -> tuple[Player, ...]:
        """The players but for those who were forgotten."""
        players = tuple(self.players)
        if min(map(_USER_ID, players), default=0) >= 0:  # without a line of Python for each
            return players
        return tuple(player for player in players if player.user_id >= 0)

    def without_name(self, user_id: int) -> list[tuple[int, Player]]:
        """Return who would stand where a person does among the players, were they forgotten."""
        theirs = [
            (place, player)
            for place, player in enumerate(self.players)
            if player.user_id == user_id
        ]
        if not theirs:
            return []
        lowest = min(map(_USER_ID, self.players))
        nobody = min(0, lowest) - 1  # nobody else's: each counts once
        return [
            (place, msgspec.structs.replace(player, user_id=nobody, username=""))
            for place, player in theirs
        ]


def player_of(session: GameSession) -> Player:
    """Return the player that a game session makes somebody."""
    return Player(
        session_id=session.id,
        user_id=session.user_id,
        username=session.username,
        started_at=session.started_at,
        ended_at=session.absent_since if session.ended_at is None else session.ended_at,
        stretches=session.stretches,
        unbounded=session.unbounded,
    )


AnySession = VoiceSession | GameSession | PartySession

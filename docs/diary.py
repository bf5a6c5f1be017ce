"""A cog that tells of every session: who it was, since when, for how long, and how sure that is."""

from discord.ext import commands

from latido import AnySession, PartySession, Record, to_datetime


def who(session: AnySession) -> str:
    """Return the person, or the players of a party: those who have left, too, each once."""
    if isinstance(session, PartySession):
        return ", ".join(dict.fromkeys(player.username for player in session.named))
    return session.username


class Diary(commands.Cog):
    """Prints what it hears."""

    @commands.Cog.listener()
    async def on_session_confirmed(self, session: AnySession) -> None:
        """Somebody came, and has stayed for long enough to count."""
        print(f"{who(session)}: {session.kind} since {to_datetime(session.started_at):%H:%M:%S}")

    @commands.Cog.listener("on_session_ended")
    @commands.Cog.listener("on_session_orphaned")
    async def on_session_over(self, session: AnySession, record: Record) -> None:
        """It is over, and this is what was written down."""
        sure = record.uncertain_seconds
        how_sure = "start unknown" if sure is None else f"± {sure:.0f} s"
        print(f"{who(session)}: {record.kind}, {record.seconds:.0f} s {how_sure} ({record.reason})")

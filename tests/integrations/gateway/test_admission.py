"""Who is tracked, and where."""

from engine import Settings
from integrations.gateway.admission import Admission

_GUILD = 900


def test_bots_are_left_out_unless_they_are_not_to_be_ignored() -> None:
    assert not Admission(Settings()).person(_GUILD, 1, bot=True, role_ids=[])
    assert Admission(Settings(ignore_bots=False)).person(_GUILD, 1, bot=True, role_ids=[])
    assert Admission(Settings()).person(_GUILD, 1, bot=False, role_ids=[1, 2])


def test_one_ignored_role_is_enough() -> None:
    admission = Admission(Settings(ignored_roles=frozenset({2, 3})))
    assert not admission.person(_GUILD, 1, bot=False, role_ids=[1, 2])
    assert admission.person(_GUILD, 1, bot=False, role_ids=[1])
    assert admission.person(_GUILD, 1, bot=False, role_ids=[])


def test_the_role_of_everybody_is_called_by_the_guild_and_no_payload_lists_it() -> None:
    admission = Admission(Settings(ignored_roles=frozenset({_GUILD})))
    assert not admission.person(_GUILD, 1, bot=False, role_ids=[1])
    assert not admission.takes(_GUILD, 1)
    assert admission.person(_GUILD + 1, 1, bot=False, role_ids=[1])
    assert admission.takes(_GUILD + 1, 1)


def test_ignored_channels_and_the_afk_channel_do_not_count() -> None:
    admission = Admission(Settings(ignored_channels=frozenset({5})))
    assert not admission.channel(5, None)
    assert not admission.channel(6, 6)
    assert admission.channel(6, 7)
    assert Admission(Settings(ignore_afk_channel=False)).channel(6, 6)


def test_somebody_who_opted_out_is_not_tracked_from_then_on() -> None:
    opted_out: set[int] = set()
    admission = Admission(Settings(), opted_out)
    assert admission.person(_GUILD, 7, bot=False, role_ids=[])
    assert admission.takes(_GUILD, 7)
    opted_out.add(7)
    assert not admission.person(_GUILD, 7, bot=False, role_ids=[])
    assert not admission.takes(_GUILD, 7)

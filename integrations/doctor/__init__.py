"""``latido doctor``: everything the bot needs, looked at one by one, with what to do.

The order is that in which things are mended: settings and library, data folder and disk, then
Discord: address, token, intents, clock, gateway, and the permissions in each guild. Nothing
is changed, and no gateway session is begun, so no IDENTIFY of the day is spent.
"""

from integrations.doctor.examination import examine
from integrations.doctor.finding import Finding, Status

__all__ = ["Finding", "Status", "examine"]

"""The inspector: a page that shows the machines at work, session by session.

``latido run --inspector 127.0.0.1:8765`` offers it; a bot that embeds the cog does so with::

    async with Inspector(address_named("127.0.0.1:8765")) as inspector:
        inspector.watch(cog)

It runs in the bot's event loop, only ever reads, and does next to nothing while no page is open.
"""

from integrations.inspector.address import InspectorAddress, InspectorError, address_named
from integrations.inspector.server import Inspector

__all__ = ["Inspector", "InspectorAddress", "InspectorError", "address_named"]

"""Slash commands: what people on a server ask, and what they see.

``SessionCommands`` adds them to a bot, named in Spanish with English localizations, or the
other way round. Each command is a module: it turns records into an answer, in the language
of whoever asks. Answers take at most three seconds or are deferred.
"""

from integrations.commands.cog import SessionCommands
from integrations.commands.own_data import OwnData

__all__ = ["OwnData", "SessionCommands"]

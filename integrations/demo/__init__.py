"""``latido demo``: an evening against a stand-in for Discord, with real bots and real deaths.

The stand-in runs in this process; ``latido run`` and the bot to compare with run in processes
of their own and are killed and started again. It ends with a table: the truth, what each bot
wrote down, and how far off it is.
"""

from integrations.demo.performance import main

__all__ = ["main"]

"""The stand-in for Discord, tried with the real discord.py and with a bare websocket."""

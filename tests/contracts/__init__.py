"""What Latido relies on in discord.py, held to the discord.py that is installed."""

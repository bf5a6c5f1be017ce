"""Worlds drawn by lot, in which a bot with the cog lives; its records are held to the truth."""

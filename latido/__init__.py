"""The door: the public names of Latido, a session engine for Discord bots."""

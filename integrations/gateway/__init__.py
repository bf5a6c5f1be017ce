"""What comes from Discord's gateway: its connection, its payloads, and their translation."""

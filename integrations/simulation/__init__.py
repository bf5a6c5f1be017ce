"""A seeded simulation of Discord and of bots that listen to it, in virtual time."""

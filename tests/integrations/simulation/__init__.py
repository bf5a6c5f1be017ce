"""The simulation of Discord and of the bots that listen to it."""

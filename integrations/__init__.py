"""The outside world: Discord, the sources of evidence, the command line."""

"""What things cost, counted rather than timed: a count is the same on every machine."""

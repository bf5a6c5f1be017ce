"""Where truth comes from: looks at the live guild, and the check that takes them."""

"""When a session does it: observations and time in, transitions and effects out."""

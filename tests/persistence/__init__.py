"""Tests of the package ``persistence``."""

"""Tests of the package ``latido``."""

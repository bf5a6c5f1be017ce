"""Tests of the package ``integrations``."""

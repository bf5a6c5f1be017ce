"""Tests of the package ``machines``."""

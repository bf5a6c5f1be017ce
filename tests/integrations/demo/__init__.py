"""Tests of the demo: its sentences, its sums, its tables, and an evening of it."""

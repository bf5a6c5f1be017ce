"""Tests of Latido, one folder for each package."""

"""Tests of the bots that Latido is compared with."""

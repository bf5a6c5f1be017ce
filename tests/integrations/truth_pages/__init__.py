"""Tests of the pictures of docs/truth.md."""

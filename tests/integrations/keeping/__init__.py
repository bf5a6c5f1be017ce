"""Tests of integrations/keeping/."""

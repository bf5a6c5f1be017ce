"""Tests of integrations/words/."""

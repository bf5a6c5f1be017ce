"""Tests of integrations/evidence/."""

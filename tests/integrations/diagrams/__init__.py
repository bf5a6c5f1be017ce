"""Tests of integrations/diagrams/."""

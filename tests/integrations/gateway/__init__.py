"""Tests of integrations/gateway/."""

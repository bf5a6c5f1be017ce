"""Audits, plan and all."""

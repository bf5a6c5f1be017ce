"""Audits: a second, short gateway session that sees what the bot's own was never told.

``plan`` says when and over which shards, ``identify_turns`` keeps to Discord's pace,
``gateway_session`` and ``frames`` read the gateway, ``auditor`` does it beside a bot.
"""

from integrations.evidence.audit.auditor import Auditor
from integrations.evidence.audit.plan import AuditPlan, StartLimit, Target, targets

__all__ = ["AuditPlan", "Auditor", "StartLimit", "Target", "targets"]

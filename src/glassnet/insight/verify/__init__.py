"""Verify a network that someone wrote in plain NumPy: its gradient against the numeric one, and
what is wrong with it."""

from glassnet.insight.verify.entry import verify as verify
from glassnet.insight.verify.evidence.report import (
    Check as Check,
    Finding as Finding,
    Report as Report,
)

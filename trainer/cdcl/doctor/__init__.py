"""What an installation needs, what of it is missing, and the command that mends it."""

from __future__ import annotations

from cdcl.doctor.check import Check
from cdcl.doctor.examination import examine

__all__ = ["Check", "examine"]

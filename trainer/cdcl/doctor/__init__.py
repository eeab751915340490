"""What an installation needs, what of it is there, and the command that mends what is not."""

from __future__ import annotations

from cdcl.doctor.check import Check
from cdcl.doctor.examination import examine

__all__ = ["Check", "examine"]

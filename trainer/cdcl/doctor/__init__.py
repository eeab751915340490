"""What an installation needs, what of it is there, and the command that mends what is not."""

from __future__ import annotations

from cdcl.doctor.examination import examine
from cdcl.doctor.finding import Finding

__all__ = ["Finding", "examine"]

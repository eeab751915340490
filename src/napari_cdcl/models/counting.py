"""Numbers with their nouns: "1 plate", "1,536 wells"."""

from __future__ import annotations

import re

_PLURAL = re.compile(r"s\b")


def counted(num: int, nouns: str) -> str:
    """Write a number and what it counts, given in the plural.

    >>> counted(1, "fields of view"), counted(24, "wells"), counted(1, "site profiles"), counted(0, "plates")
    ('1 field of view', '24 wells', '1 site profile', '0 plates')
    """
    return f"{num:,} {_PLURAL.sub('', nouns, count=1) if num == 1 else nouns}"

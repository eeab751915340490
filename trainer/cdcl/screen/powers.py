"""Powers of ten as people write them, 10^-6, 10\u207b\u2076 and 3 x 10-6, in the form that programs read: 3e-6."""

from __future__ import annotations

import re

_RAISED = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b\u207a", "0123456789-+")
_SUPERSCRIPT = re.compile(f"(?<=10)[{''.join(map(chr, _RAISED))}]+")
_TIMES = r"([-+]?\d[\d.,]*)\s*[x\u00d7*\u00b7\u22c5]\s*"
_POWER = re.compile(rf"(?:{_TIMES})?10\s*(?:\^|\*\*)\s*\(?\s*([-+]?\d+)(?:\s*\))?(?!\d)", re.IGNORECASE)
_SIGNED = re.compile(rf"{_TIMES}10([-+]\d+)(?!\d)", re.IGNORECASE)
"""3 x 10-6: where a factor stands before the 10, its sign is that of an exponent; 10-6 alone is a range."""


def plain_power(text: str) -> str:
    """Write a power of ten at the beginning of a cell as a number with an exponent; all else stays.

    >>> [plain_power(text) for text in ("10^-6 M", "3 x 10-6 M", "10-6", "1:10")]
    ['1e-6 M', '3e-6 M', '10-6', '1:10']
    """
    if "10" not in text:
        return text
    raised = _SUPERSCRIPT.sub(lambda match: "^" + match[0].translate(_RAISED), text)
    for pattern in (_POWER, _SIGNED):
        if match := pattern.match(raised):
            return f"{match[1] or 1}e{int(match[2])}{raised[match.end() :]}"
    return text

"""What a workbook shows of a number: 12 in the format 0000 is 0012, and 5 in the format 0.0 "µM" is 5 µM.

Whoever filled a map saw that, and a CSV saved of the workbook holds it.
"""

from __future__ import annotations

import re

_PERCENT = re.compile(r"^[0#?.,]+\s*%")
"""A number format such as 0.00%."""

_PARTS = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]|(General|@|[0#?.,/]+(?:E[+-]0+)?)|([-+ ():µμ])')
"""Text in quotes, an escaped letter, widths, fillers and colours, which are no text, digits, signs without quotes."""

_MOST = 10**15
"""Larger numbers are floats whose last digits a spreadsheet does not keep."""


def shown(value: object, code: str) -> object:
    """Give a cell's value with the zeros in front and the text that its number format shows, as text; else the value.

    Formats that round or scale leave the number as it is held.

    >>> shown(12, "0000"), shown(12, '"P"000'), shown(0.5, '0.00 "µM"'), shown(0.02, "0%"), shown(0.123, "0.0")
    ('0012', 'P012', '0.5 µM', '2%', 0.123)
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MOST:
        return value
    first = code.split(";")[0]
    if _PERCENT.search(first):
        return f"{100 * value:.12g}%"
    parts = _parts(first)
    digits = [part for part, is_text in parts if not is_text]
    texts = any(part.strip() for part, is_text in parts if is_text)
    if not digits or any("/" in part or "E" in part for part in digits):
        return value
    if all(set(part) == {"0"} for part in digits) and sum(map(len, digits)) > 1:
        return _filled(int(value), parts) if value == int(value) else value
    if len(digits) > 1 or not texts:
        return value
    return "".join(part if is_text else f"{value:.12g}" for part, is_text in parts).strip()


def _parts(code: str) -> list[tuple[str, bool]]:
    """Part a format into texts and places of digits; none where it holds something else, such as a date."""
    parts, place = [], 0
    for match in _PARTS.finditer(code):
        if match.start() != place:
            return []
        place = match.end()
        text = next((group for group in (match[1], match[2], match[4]) if group is not None), None)
        if match[3]:
            parts.append((match[3], False))
        elif text is not None:
            parts.append((text, True))
    return parts if place == len(code) else []


def _filled(value: int, parts: list[tuple[str, bool]]) -> str:
    """Write digits into the places of a format, with zeros in front; what is longer stands in the first."""
    width = sum(len(part) for part, is_text in parts if not is_text)
    digits, found = f"{value:0{width}d}", ""
    ahead = len(digits) - width
    for part, is_text in parts:
        if is_text:
            found += part
            continue
        found, digits, ahead = found + digits[: len(part) + ahead], digits[len(part) + ahead :], 0
    return found

"""Order names as people do: "w2" before "w10"."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"([0-9]+(?:\.[0-9]+)?)")
"""Of the ten digits only: a superscript two is a digit to Python, but no number. Doses have decimals."""

NaturalKey = tuple[tuple[int, int, str, str], ...]


def natural(text: str) -> NaturalKey:
    """Give a key that sorts names as people do.

    >>> sorted(["w10", "w2", "DNA"], key=natural), sorted(["10²", "²", "9"], key=natural)
    (['DNA', 'w2', 'w10'], ['²', '9', '10²'])
    >>> sorted(["taxol@0.5", "taxol@0.10", "taxol@10"], key=natural)
    ['taxol@0.10', 'taxol@0.5', 'taxol@10']
    """
    parts = []
    for part in filter(None, _NUMBERS.split(text)):
        if not _NUMBERS.fullmatch(part):
            parts.append((0, 0, part, ""))
            continue
        whole, _, decimals = part.partition(".")
        digits = whole.lstrip("0")
        # The longer of two numbers is the greater: no number is too long to be compared.
        parts.append((1, len(digits), digits, decimals))
    # "1" and "01" are two names: what is still equal goes by its spelling.
    return (*parts, (-1, 0, text, ""))

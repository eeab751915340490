"""Which wells are controls: the words of laboratories and of published screens, spelled one way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NEGATIVE_WORDS = frozenset(
    {
        "dmso", "vehicle", "solvent", "untreated", "untrt", "mock", "nc", "ntc", "non targeting", "nontargeting", "nt",
        "scramble", "scrambled", "unperturbed", "no treatment", "no drug", "no compound", "pbs", "water", "medium",
        "media", "ctl vehicle", "ctl untrt", "ctl vector", "ctl", "ctrl", "control", "controls", "n", "safe targeting",
        "empty vector", "mock treated", "mock transfected", "no sirna", "no si rna",
        "dimethyl sulfoxide", "dimethylsulfoxide", "dimethylsulfoxid", "dimethyl sulphoxide",
        "neg", "neg ctrl", "neg ctl",
        "kontrolle", "unbehandelt", "leerkontrolle", "l\u00f6sungsmittel", "l\u00f6semittel",
    }
)  # fmt: skip
"""Of a column of controls, without "control" behind them; DMSO may come with a percentage."""

_SHORT = frozenset({"n", "nt", "nc", "neg", "pbs", "ctl", "ctrl", "water", "medium", "media", "mock"})
"""Of these, a name that goes on in numbers may be a compound's: NT-157."""

_SOLVENT = frozenset(
    {"dmso", "vehicle", "dimethyl", "sulfoxide", "sulphoxide", "dimethylsulfoxide", "dimethylsulfoxid"}
)
"""Words beside which a number is a percentage."""
_FLAGS = {"true": "negative", "1": "negative", "yes": "negative", "y": "negative", "t": "negative"}
_SIGNED = re.compile(r"[+-]\s*(?:ve|ctrl|ctl|control|c)|(?:ctrl|ctl|control|c)\s*[+-]")
"""-ve, ctrl+ and C-, in lower case."""
_NO_FLAGS = frozenset({"false", "0", "no", "n", "f"})
_POSITIVE = re.compile(r"(pos|poscon|positive|pc|ctl pos)\b.*|pos(con|ctrl|itiv|kontroll).*|kontrolle pos.*")
_NEGATIVE = re.compile(r"(neg|negcon|negative)\b.*|neg(con|ctrl|ativ|kontroll).*|kontrolle neg.*")
_EXPLICIT = re.compile(r"con\b|con(?:trol|trl)|kontroll|ctrl|ctl|cntrl")
_EMPTY = re.compile(r"(empty|blank|no cells|background|unused)\b.*")
_TREATED = re.compile(
    r"(trt|treated|treatment|sample|compound|compounds|test|cpd|drug|perturbed|perturbation|perturbagen|experimental|"
    r"library|query|treat|probe|proben|behandelt|substanz|wirkstoff)\b.*|"
)
_PERCENT = re.compile(r"\(?\s*\d*[.,]?\d+\s*%\s*(?:\(?v/v\)?)?\s*\)?|v/v")
_NUMBER = re.compile(r"(?<![\w.,])\d*[.,]?\d+(?!\w)")
_CONTROL = re.compile(r"\b(controls?|ctrl|ctl|cntrl|wells?|si ?rna|sg ?rna|grna|shrna|only)\b")


def plain_words(text: str) -> str:
    """Write words in lower case, one space between them: "Non-Targeting_control" is "non targeting control"."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text.strip())
    return re.sub(r"[\s_.\-]+", " ", split).strip().lower()


def read_control(value: str) -> str | None:
    """Spell a kind of control as "negative", "positive", "empty" or "" (treated); None for a word not known.

    >>> [read_control(value) for value in ("ctl_vehicle", "Vehicle Control", "NTC", "1.0", "0.1% DMSO", "trt_cp")]
    ['negative', 'negative', 'negative', 'negative', 'negative', '']
    >>> [read_control(value) for value in ("poscon_cp", "blank", "N", "outlier")]
    ['positive', 'empty', '', None]
    """
    text = re.sub(r"(?<=\d)\.0+$", "", value.strip().lower().replace("\u2212", "-").replace("\u2013", "-"))
    if text in _FLAGS:
        return _FLAGS[text]
    if text in _NO_FLAGS:
        return ""
    if match := _SIGNED.fullmatch(text):
        return "negative" if "-" in match[0] else "positive"
    words = plain_words(value)
    if words in NEGATIVE_WORDS or _bare(words) in NEGATIVE_WORDS:
        return "negative"
    for pattern, kind in ((_NEGATIVE, "negative"), (_POSITIVE, "positive"), (_EMPTY, "empty")):
        if pattern.fullmatch(words):
            return kind
    if _is_vehicle(words):
        return "negative"
    return "" if _TREATED.fullmatch(words) else None


def explicit_control(word: str) -> bool:
    """Tell whether a word can only be that of a control: "Neg Ctrl" and "DMSO" are, "negative" and "1" may be results.

    >>> [explicit_control(word) for word in ("Neg Ctrl", "poscon", "DMSO", "vehicle", "negative", "1", "water")]
    [True, True, True, True, False, False, False]
    """
    words = plain_words(word)
    if read_control(word) not in ("negative", "positive") or words in _FLAGS or _bare(words) in _SHORT | {"n"}:
        return False
    return bool(_EXPLICIT.search(words)) or _is_vehicle(words) or _bare(words) in NEGATIVE_WORDS


def says_treated(word: str) -> bool:
    """Tell whether a word says that a well is treated, as sample and compound do; "" and no say nothing."""
    words = plain_words(word)
    return bool(words) and _TREATED.fullmatch(words) is not None


def normalise_control(value: str) -> str:
    """Spell a kind of control as `read_control` does; a word not known is "" (treated)."""
    return read_control(value) or ""


def control_of_name(name: str) -> str:
    """Tell from the name of a compound or treatment what kind of control it is; "" for a treatment.

    >>> [control_of_name(name) for name in ("DMSO", "dmso 0.1 %", "Non-targeting", "DMSO-d6 analogue", "n", "blank")]
    ['negative', 'negative', 'negative', '', '', 'empty']
    """
    words = plain_words(name)
    if words in ("n", "nt", "nc", "water", "medium", "media") or not words:
        return ""
    if _NEGATIVE.fullmatch(words) and ("control" in words or words.startswith("negcon") or words == "negative"):
        return "negative"
    if words in NEGATIVE_WORDS or _is_vehicle(words) or _bare(words) in NEGATIVE_WORDS - _SHORT:
        return "negative"
    return "empty" if words in ("empty", "blank", "empty well", "no cells") else ""


def _bare(words: str) -> str:
    """Cut what follows the word itself: "ntc #2" is "ntc", "untreated cells" is "untreated"."""
    return re.sub(r"(?: cells)?[\s#]*\d*$", "", words)


def _is_vehicle(words: str) -> bool:
    """Tell whether nothing is left but a word for the vehicle, when percentages and "control" are cut."""
    bare = re.sub(r"[\s()]+", " ", _CONTROL.sub(" ", _PERCENT.sub(" ", words))).strip()
    parts = set(_NUMBER.sub(" ", bare).split())
    # A number may stand for a percentage beside DMSO only: NT-157 is a compound.
    return bool(parts) and bare != "n" and (bare in NEGATIVE_WORDS or parts <= _SOLVENT)


def control_kinds(table: pd.DataFrame) -> NDArray[np.str_]:
    """Give the kind of control of each row, as the column `control` spells it.

    Parameters
    ----------
    table
        Sites, wells or profiles, N rows.

    Returns
    -------
    Array
        "negative", "positive" or "empty", shape (N,); "" for a treatment, for a missing value, and everywhere where the
        table has no such column: what is not known to be a control counts as treated.
    """
    if "control" not in table:
        return np.full(len(table), "")
    return table["control"].astype("string").fillna("").to_numpy(dtype=str)


def negative_controls(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Mark the negative controls of a table, shape (N,); none where it has no column `control`."""
    return np.asarray(control_kinds(table) == "negative")

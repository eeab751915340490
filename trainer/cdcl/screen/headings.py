"""What columns are called, in the tables of laboratories and of published screens: one table for every reader."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ALIASES: dict[str, tuple[str, ...]] = {
    "image_id": ("image_id",),
    "source": ("source", "laboratory", "lab", "data_source", "source_id"),
    "batch": ("batch", "batch_id", "batch_name", "experiment"),
    "plate": ("plate", "plate_id", "plate_name", "plate_barcode", "assay_plate_barcode", "barcode", "plate_dapi"),
    "well": ("well", "well_position", "well_name", "well_dapi", "cpd_well_position", "well_pos", "well_label"),
    "site": ("site", "field", "field_id", "field_index", "fov", "site_index", "site_id"),
    "cell": ("cell", "object_number", "cell_id"),
    "treatment": ("treatment", "perturbation", "pert_name", "sirna"),
    "compound": (
        "compound", "compound_name", "pert_iname", "drug", "drug_name", "cpd_name", "source_compound_name",
        "compound_id", "jcp_2022", "broad_sample", "broad_id", "pert_id",
    ),
    "concentration": (
        "concentration", "compound_concentration", "final_concentration", "final_conc", "conc", "dose", "dose_value",
        "pert_dose", "treatment_conc", "cpd_conc", "cpd_mmol_conc", "mmoles_per_liter", "mg_per_ml",
    ),
    "concentration_unit": (
        "concentration_unit", "concentration_units", "conc_unit", "conc_units", "dose_unit", "dose_units",
        "pert_dose_unit", "pert_dose_units",
    ),
    "mechanism": ("mechanism", "moa", "mechanism_of_action", "pert_moa"),
    "control": (
        "control", "control_type", "pert_type", "well_type", "is_control", "assay_well_role", "well_role",
        "sample_type", "compound_type", "ctrl_type", "cntrl_type", "ctl_type", "control_kind", "control_status",
        "controls", "ctrl", "cntrl", "ctl", "kontrolle", "negative_control", "is_negative_control", "neg_control",
        "neg_ctrl", "is_neg_ctrl", "is_neg_control", "negcon", "is_negcon",
    ),
    "split": ("split", "subset"),
    "num_cells": (
        "num_cells", "cell_count", "count_cells", "count_nuclei", "nuclei_count", "n_cells", "number_of_cells",
    ),
}  # fmt: skip
"""Our name of a column, and the names it goes by elsewhere, the most explicit first.

`source` is the laboratory (JUMP's Metadata_Source); cpd_* and source_compound_name are those of BBBC022 and BBBC036,
pert_* of CMap and LINCS, broad_* and jcp_2022 of the Broad Institute and JUMP.
"""

OWN_UNITS = {"mmoles_per_liter": "mM", "cpd_mmol_conc": "mM", "mg_per_ml": "mg/mL"}
"""Names of a concentration that say its unit."""

UNITS = {
    "m": "M", "mm": "mM", "um": "µM", "nm": "nM", "pm": "pM",
    "molar": "M", "millimolar": "mM", "micromolar": "µM", "nanomolar": "nM", "picomolar": "pM",
    "mol/l": "M", "mmol/l": "mM", "umol/l": "µM", "nmol/l": "nM", "pmol/l": "pM",
    "g/l": "mg/mL", "mg/ml": "mg/mL", "ug/ml": "µg/mL", "ng/ml": "ng/mL", "mg/l": "µg/mL", "ug/l": "ng/mL",
    "mcg/ml": "µg/mL",
    "%": "%", "percent": "%",
}  # fmt: skip
"""Units of a concentration as people write them, in lower case with u for µ, and as we do."""

_PREFIX = re.compile(r"^(image_)?metadata_", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[0-9.,]*(?:[eE][-+]?[0-9]+)?")
_IN_BRACKETS = re.compile(r"^(.*?)[\s_.,-]*[(\[{]\s*(?:in\s+)?([^()\[\]{}]+?)\s*[)\]}]$", re.DOTALL)
_BARE_UNIT = re.compile(r"[munpµμ]M")
"""As written only: mm and nm are lengths."""
_PER = re.compile(r"[\s_]+per[\s_]+")
_INVERSE = re.compile(r"[\s·.]+(m?l)\^?[-\u2212]1$")
"""mol L-1 is mol/L."""
_IN_SQUARE = re.compile(r"\[[^\[\]]+\]")
_BETWEEN = re.compile(r"[\s_.,/-]+(?:in[\s_]+)?|(?<=[a-z])(?=[munpµμ]M$)")


LONGEST = 160
"""Letters of a heading that is read; a line taken for one, at the wrong separator, would be parted at each gap."""


class Heading(NamedTuple):
    """What a column is.

    Attributes
    ----------
    name
        Our name for it; "" where nothing is known.
    rank
        How explicit its own name is; 0 is most.
    unit
        Of a concentration; "" where the name tells none.
    """

    name: str
    rank: int = 0
    unit: str = ""


def simple_heading(column: str) -> str:
    """Write a heading without its prefix, its unit, gaps and case.

    >>> simple_heading("Metadata_Plate_ID"), simple_heading("Konc. [uM]")
    ('plateid', 'konc')
    """
    bare = _PREFIX.sub("", " ".join(column.split()))
    return _simple(next((base for base, text in _splits(bare) if base and read_unit(text)), bare))


def _simple(text: str) -> str:
    return re.sub(r"[\s_.-]+", "", text).lower()


_KNOWN = {
    _simple(alias): Heading(name, rank, OWN_UNITS.get(alias, ""))
    for name, aliases in ALIASES.items()
    for rank, alias in enumerate(aliases)
}


def read_heading(column: str) -> Heading:
    """Tell what a heading means, whatever its prefix, case, separators and, of a concentration, its unit.

    Both signs of micro are read (U+00B5 and U+03BC), and u.

    >>> read_heading("Metadata_Plate_ID").name, read_heading("Conc. [µM]"), read_heading("Dose_nM").unit
    ('plate', Heading(name='concentration', rank=4, unit='µM'), 'nM')
    """
    if len(column) > LONGEST:
        return Heading("")
    bare = _PREFIX.sub("", " ".join(column.split()))
    known = _KNOWN.get(_simple(bare))
    if known is not None:
        return known
    if _BARE_UNIT.fullmatch(bare):  # last of all: a column of a unit's name, beside a compound
        return Heading("concentration", len(ALIASES["concentration"]), read_unit(bare))
    for base, text in _splits(bare):
        unit, known = read_unit(text), _KNOWN.get(_simple(base))
        if known is not None and known.name == "concentration" and unit:
            return Heading(known.name, known.rank, unit)
        if unit and _IN_SQUARE.fullmatch(base.strip()):  # [drug] is how chemists write its concentration
            return Heading("concentration", len(ALIASES["concentration"]), unit)
    return Heading("")


def _splits(bare: str) -> Iterator[tuple[str, str]]:
    """Part a heading into what may be a name and its unit: in brackets, or behind any separator."""
    if match := _IN_BRACKETS.match(bare):
        yield match[1], match[2]
    for gap in _BETWEEN.finditer(bare):
        yield bare[: gap.start()], bare[gap.end() :]


def read_unit(text: str) -> str:
    """Spell a unit of concentration one way; "" where it is none.

    >>> [read_unit(text) for text in ("uM", "μM", "ug/mL", "mg_per_ml", "m")]
    ['µM', 'µM', 'µg/mL', 'mg/mL', 'M']
    """
    # UTF-8 that was read as Western text has an Â before µ.
    plain = unicodedata.normalize("NFKC", text.replace("Â", "")).strip()
    plain = _PER.sub("/", plain.replace("μ", "u").lower())
    plain = _INVERSE.sub(r"/\1", plain)
    return UNITS.get(plain.replace(" ", "").replace("_", "/"), "")


def known_columns(columns: Iterable[str]) -> dict[str, str]:
    """Map the columns that mean something to us to our names; each of our names is given once."""
    best: dict[str, tuple[tuple[int, int, int], str]] = {}
    for place, column in enumerate(map(str, columns)):
        found = read_heading(column)
        score = (0 if column == found.name else 1, found.rank, place)
        if found.name and (found.name not in best or score < best[found.name][0]):
            best[found.name] = (score, column)
    taken = {column: name for name, (_, column) in best.items()}
    return {column: name for column, name in taken.items() if column != name}


_IMAGES = re.compile(
    r"(image_)?(filename|pathname|url|frame|series)_.+|path(_.+)?|channel(_names)?|emb_\d+", re.IGNORECASE
)


@lru_cache(maxsize=8192)
def is_heading(text: str) -> bool:
    """Tell whether `text` is what a column of some screen, plate map or profiles is called."""
    if len(text) > LONGEST or _NUMBER.fullmatch(text):
        return False
    return bool(read_heading(text).name or _PREFIX.match(text) or _IMAGES.fullmatch(text)) or _simple(text) in (
        "row", "col", "column", "wellrow", "wellcolumn", "wellcol", "solvent", "platemapname",
    )  # fmt: skip

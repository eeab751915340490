"""Whether an assay worked: plate effects, drift and separation of its controls, its fields; and what to look at."""

from cdcl.quality.assay import Assessment, assess_profiles
from cdcl.quality.composition import Composition, compose
from cdcl.quality.drift import drift
from cdcl.quality.fields import flag_fields, measure_fields
from cdcl.quality.flags import FLAG_COLUMNS, Finding, join_flags, make_flags
from cdcl.quality.layout import layout_effects
from cdcl.quality.plate_maps import PlateMap, plate_maps
from cdcl.quality.separation import held_out_separation, robust_z_prime, separation, ssmd, z_prime
from cdcl.quality.wells import Wells, wells_of, wells_table

__all__ = [
    "FLAG_COLUMNS",
    "Assessment",
    "Composition",
    "Finding",
    "PlateMap",
    "Wells",
    "assess_profiles",
    "compose",
    "drift",
    "flag_fields",
    "held_out_separation",
    "join_flags",
    "layout_effects",
    "make_flags",
    "measure_fields",
    "plate_maps",
    "robust_z_prime",
    "separation",
    "ssmd",
    "wells_of",
    "wells_table",
    "z_prime",
]

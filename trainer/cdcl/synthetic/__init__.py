"""A simulated screen: known treatments, known batch effects, and so a known answer."""

from cdcl.synthetic.config import SyntheticConfig
from cdcl.synthetic.effects import Effects, draw_effects
from cdcl.synthetic.painting import CHANNELS
from cdcl.synthetic.screen import Field, plan_sites, simulate_field, simulate_screen
from cdcl.synthetic.treatments import DMSO, TREATMENTS, Phenotype, Treatment

__all__ = [
    "CHANNELS",
    "DMSO",
    "TREATMENTS",
    "Effects",
    "Field",
    "Phenotype",
    "SyntheticConfig",
    "Treatment",
    "draw_effects",
    "plan_sites",
    "simulate_field",
    "simulate_screen",
]

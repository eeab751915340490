"""How large a simulated screen is; what is simulated stands in the tables of treatments and effects."""

from __future__ import annotations

from pydantic import Field, model_validator

from cdcl.config.section import Section
from cdcl.synthetic.treatments import TREATMENTS

PLATE_FORMATS = ((8, 12), (16, 24))
"""Rows and columns of the plates there are: 96 and 384 wells."""


class SyntheticConfig(Section):
    """Batches, plates, wells and sites of a simulated screen, and the seed that all of it follows from."""

    batches: int = Field(6, ge=1, description="Batches, each with its own optics and staining.")
    plates_per_batch: int = Field(2, ge=1, description="Plates a batch; they differ less than batches do.")
    wells_per_treatment: int = Field(2, ge=1, description="Wells of each compound on every plate.")
    control_wells: int = Field(4, ge=1, description="Wells of DMSO on every plate.")
    doses: int = Field(1, ge=1, le=12, description="Doses of each compound; 1 is the full dose alone.")
    sites_per_well: int = Field(2, ge=1, description="Fields of view a well.")
    field_size: int = Field(160, ge=32, description="Side of a field of view, in pixels.")
    batch_effects: float = Field(
        1.0, ge=0, le=1, description="How far batches and plates stray from one microscope; 1: over the whole ranges."
    )
    vignetting: float | None = Field(
        None, ge=0, lt=1, description="Light lost in the corners, on every plate; by default each batch loses its own."
    )
    seed: int = Field(0, ge=0, description="Same seed, same bytes.")

    @property
    def wells_per_plate(self) -> int:
        """Count the wells in use on every plate."""
        return self.control_wells + self.wells_per_treatment * self.doses * (len(TREATMENTS) - 1)

    @property
    def fields(self) -> int:
        """Count the fields of view of the whole screen."""
        return self.batches * self.plates_per_batch * self.wells_per_plate * self.sites_per_well

    @model_validator(mode="after")
    def _wells_fit_on_a_plate(self) -> SyntheticConfig:
        rows, columns = PLATE_FORMATS[-1]
        if self.wells_per_plate > rows * columns:
            raise ValueError(
                f"{self.wells_per_plate} wells do not fit on a plate of {rows * columns}; "
                "lower wells_per_treatment, doses or control_wells."
            )
        return self

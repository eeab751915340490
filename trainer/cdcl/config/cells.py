"""Whether single cells are trained on, where they are, and how large their crops."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cdcl.config.section import Count, NonNegative, Section

CellSource = Literal["none", "auto", "table", "nuclei", "tiles", "images"]


class CellsConfig(Section):
    """Crops of one fixed size around cells; only coordinates are stored, crops are cut when they are needed."""

    source: CellSource = Field(
        "none",
        description=(
            "'none': whole fields; 'table': a file of coordinates; 'nuclei': the built-in finder; 'tiles': a grid; "
            "'images': every image is one cell; 'auto': the first of these that can be had, and says which."
        ),
    )
    crop: Count = Field(96, description="Side of a cell's crop in pixels of the field.")
    crop_um: NonNegative = Field(0.0, description="... in micrometres; stands before `crop` where it is not 0.")
    border: bool = Field(False, description="Use cells whose crop would leave the field; it is then moved inside.")
    most_per_field: int = Field(0, ge=0, description="Cells a field that are trained on, drawn by the seed; 0: all.")
    mask_neighbours: bool = Field(False, description="Blank the pixels that lie nearer to another cell's centre.")
    nuclei_channel: str = Field("", description="Channel the finder looks at; '': the one named DNA, DAPI, Hoechst ...")
    nucleus_diameter: NonNegative = Field(0.0, description="... and a nucleus' diameter in pixels; 0: measured.")

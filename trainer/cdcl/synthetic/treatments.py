"""The treatments of a simulated screen: what each does to the shape of cells, and to how many of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phenotype:
    """What a treatment does to a cell that responds fully; the defaults are an untreated cell.

    Amounts of stain per cell are left nearly alone on purpose: a phenotype moves stain, and adds little (up to a fifth
    of the actin, in puncta) save the DNA of a second nucleus.

    Attributes
    ----------
    density
        Factor on the number of cells; acts on the field, whatever the penetrance.
    nuclear_area, nuclear_elongation, cell_area, cell_elongation
        Factors on areas, and on ratios of the axes.
    binucleate, fragmented
        Chance that a responding cell has two nuclei, or a nucleus in pieces.
    puncta_number, puncta_size
        Factors on the number of bright spots of actin, and on their width.
    coarseness
        Factor on the grain of the mitochondrial network and of the chromatin.
    mito_position
        Added to where the mitochondria lie between nucleus (0) and edge (1); normal is about 0.4.
    fibres
        Factor on the contrast of the actin fibres.
    penetrance
        Chance that a cell responds at all.
    """

    density: float = 1.0
    nuclear_area: float = 1.0
    nuclear_elongation: float = 1.0
    cell_area: float = 1.0
    cell_elongation: float = 1.0
    binucleate: float = 0.0
    fragmented: float = 0.0
    puncta_number: float = 1.0
    puncta_size: float = 1.0
    coarseness: float = 1.0
    mito_position: float = 0.0
    fibres: float = 1.0
    penetrance: float = 0.9


@dataclass(frozen=True)
class Treatment:
    """A compound at a concentration (in micromolar), its mechanism, and the phenotype it causes."""

    compound: str
    concentration: float
    mechanism: str
    phenotype: Phenotype

    @property
    def name(self) -> str:
        """Name the treatment as tables do: the compound, and its concentration where it has one."""
        return f"{self.compound}@{self.concentration:g}" if self.concentration else self.compound

    @property
    def control(self) -> str:
        """Say "negative" for the solvent and "" for all else."""
        return "" if self.concentration else "negative"


DMSO = Treatment("DMSO", 0.0, "none", Phenotype())

_ACTIVE = (
    Treatment("arrestine", 3.0, "cell cycle", Phenotype(nuclear_area=1.75, cell_area=1.2, density=0.85)),
    Treatment("cyclostat", 1.0, "cell cycle", Phenotype(nuclear_area=1.4, coarseness=1.35)),
    Treatment("duplexin", 3.0, "cytokinesis", Phenotype(binucleate=0.75, cell_area=1.2, density=0.9)),
    Treatment("furrowib", 1.0, "cytokinesis", Phenotype(binucleate=0.4, nuclear_area=1.15)),
    Treatment("shatterol", 3.0, "apoptosis", Phenotype(fragmented=0.55, cell_area=0.8, density=0.75)),
    Treatment("stretchin", 3.0, "cytoskeleton", Phenotype(cell_elongation=2.1, nuclear_elongation=1.5)),
    Treatment("tensoral", 1.0, "cytoskeleton", Phenotype(cell_elongation=1.5, nuclear_elongation=1.2, fibres=1.8)),
    Treatment("vesiculan", 3.0, "vesicles", Phenotype(puncta_number=4.0, puncta_size=0.9)),
    Treatment("vacuolib", 1.0, "vesicles", Phenotype(puncta_number=1.6, puncta_size=1.7)),
    Treatment("perinuclin", 3.0, "mitochondria", Phenotype(mito_position=-0.3, coarseness=1.25)),
    Treatment("dispersol", 1.0, "mitochondria", Phenotype(mito_position=0.35, coarseness=1.7)),
)

TREATMENTS: dict[str, Treatment] = {treatment.name: treatment for treatment in (DMSO, *_ACTIVE)}
"""The twelve treatments by name, the negative control first; five mechanisms of six have two compounds."""

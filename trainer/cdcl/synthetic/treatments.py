"""The treatments of a simulated screen: what each does to the shape of cells, and to how many of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

HILL_SLOPE = 1.5
"""Steepness of the simulated dose-response curves: 10 % to 90 % of the effect within 1.3 decades."""


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

    def scaled(self, share: float) -> Phenotype:
        """Give the phenotype of a share, 0 to 1, of the full effect; who responds at all stays the same."""
        full = {field.name: getattr(self, field.name) for field in fields(self)}
        changed = {name: value * share if name in _AMOUNTS else value**share for name, value in full.items()}
        return Phenotype(**{**changed, "penetrance": self.penetrance})


_AMOUNTS = ("binucleate", "fragmented", "mito_position")
"""What is 0 in an untreated cell; the other numbers are factors, 1 there."""


@dataclass(frozen=True)
class Treatment:
    """A compound at a concentration (in micromolar), its mechanism, and the phenotype it causes.

    Attributes
    ----------
    compound
        Its name.
    concentration
        Micromolar; 0 is the solvent.
    mechanism
        Of action.
    phenotype
        At this concentration.
    """

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

    @property
    def ec50(self) -> float:
        """Give the dose of half the effect, where the compound is simulated at several doses."""
        return self.concentration / 4

    def series(self, num_doses: int) -> tuple[Treatment, ...]:
        """Give the compound at `num_doses` doses, evenly in the logarithm; a single one is the full dose.

        The doses reach from 1/30 to 30 times EC50 and act by a Hill curve of slope `HILL_SLOPE`: the truth that
        dose-response curves of the simulated screen are held against.
        """
        if num_doses == 1 or not self.concentration:
            return (self,)
        return tuple(self._at(times * self.ec50) for times in _spread(num_doses))

    def _at(self, dose: float) -> Treatment:
        dose = float(f"{dose:.3g}")
        share = 1.0 / (1.0 + (self.ec50 / dose) ** HILL_SLOPE)
        return Treatment(self.compound, dose, self.mechanism, self.phenotype.scaled(share))


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


def treatments_at(num_doses: int) -> dict[str, Treatment]:
    """Give the treatments of a screen whose compounds are tested at `num_doses` doses, by name."""
    found = [one for treatment in TREATMENTS.values() for one in treatment.series(num_doses)]
    return {treatment.name: treatment for treatment in found}


def _spread(num_doses: int) -> list[float]:
    ends = 1.5  # decades on both sides of EC50
    return [10 ** (ends * (2 * number / (num_doses - 1) - 1)) for number in range(num_doses)]

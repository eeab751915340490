"""What scores mean and how they mislead, in a sentence or two for the window; docs/scores.md has the whole. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from cdcl.metrics import METRICS, title_of


@dataclass(frozen=True)
class Section:
    """Scores that answer one question.

    Attributes
    ----------
    names
        Keys of `METRICS`, in the order of the table.
    tip
        How to read them.
    """

    title: str
    names: tuple[str, ...]
    tip: str

    @property
    def heading(self) -> str:
        """What stands before the colon."""
        return self.title.partition(": ")[0]

    @property
    def line(self) -> str:
        """What stands after it, and how to read the scores."""
        return ". ".join(filter(None, [self.title.partition(": ")[2].capitalize(), self.tip]))


SECTIONS = (
    Section(
        "Biology kept: treatments recognised",
        (
            *("treatment_unseen_batch", "treatment_other_batch", "treatment_other_plate", "treatment_other_position"),
            *("treatment_unseen_batch_centred", "treatment_other_batch_centred", "treatment_other_plate_centred"),
            *("treatment_probe", "treatment_probe_other_plate"),
        ),
        "Accuracies. Where one label is common they flatter: look at chance, and at the baselines.",
    ),
    Section(
        "Biology kept: treatments active and apart",
        (
            *("map_activity", "active_share", "active_share_ranks", "map_cross_batch", "map_distinct"),
            *("percent_replicating", "grit"),
            *("clisi", "silhouette_label", "nmi", "ari"),
        ),
        "Do replicates find each other, among controls and among other treatments?",
    ),
    Section(
        "Biology kept: mechanisms matched",
        (
            *("mechanism_other_compound", "mechanism_other_compound_centred", "mechanism_probe", "map_consistency"),
            *("nsc", "nscb", "mechanism_enriched", "mechanism_odds", "target_enriched", "target_odds"),
            *("relations_05", "relations_10"),
        ),
        "Do compounds of one mechanism resemble each other?",
    ),
    Section(
        "The ladder of degrees: who may answer",
        (
            *("treatment_anyone", "treatment_not_same_source", "treatment_not_same_position"),
            *("map_not_same_source", "map_not_same_position"),
            *("mechanism_not_same_batch", "mechanism_not_same_source", "mechanism_not_same_position"),
        ),
        "What falls when a batch, a source or a well position may not answer was told by it. Not the same batch stands "
        "above for treatments.",
    ),
    Section(
        "Batches gone",
        (
            *(
                "batch_recognised",
                "batch_recognised_centred",
                "plate_recognised",
                "batch_probe",
                "pcr",
                "kbet",
                "cdcl_kbet",
                "ilisi",
                "bras",
            ),
            *("graph_connectivity", "pcr_comparison"),
        ),
        "These reward forgetting: noise does well in all of them. Read them beside biology, never alone.",
    ),
    Section("Overall", ("overall",), "Ranks corrections of one screen. Never choose by it alone: it can prefer noise."),
)
OTHERS = Section("Other scores", (), "Scores that this window has no words for.")

_RECOGNISED = "Do the nearest profiles (cosine) of {} name the treatment? 10 vote, or as many as replicates."
_CENTRED = (
    "As recognised from {}, of profiles less the mean of all that may answer: where features share a direction all "
    "cosines are near 1, and this one is sharper. The uncentred score is the headline: published figures are such."
)
_GAIN = "profiles differ in size (brightness, say): taking a mean off makes that differ in direction too"
_LAYOUT = "the layout is fixed: the same well position looks alike on every plate"
_PROBE = "Does a logistic regression that was trained on other {} name the {}?"
_FEW = "replicates are few: it has little to learn from"
_NOISE = "noise scores high too"
_MEANINGS: dict[str, tuple[str, str]] = {
    "treatment_unseen_batch": (
        "Of batches that no network was trained on: do the nearest among the trained ones name the treatment?",
        "few batches are held out, and easy ones",
    ),
    "treatment_other_batch": (_RECOGNISED.format("other batches"), _LAYOUT),
    "treatment_other_plate": (_RECOGNISED.format("other plates"), _LAYOUT),
    "treatment_other_position": (
        _RECOGNISED.format("other plates and other well positions"),
        "few treatments lie in several positions (the count says how many were asked)",
    ),
    "treatment_anyone": (_RECOGNISED.format("any other wells"), "replicates of one batch look alike because of it"),
    "treatment_not_same_source": (
        _RECOGNISED.format("other sources (laboratories)"),
        "few treatments were made in several sources",
    ),
    "treatment_not_same_position": (
        _RECOGNISED.format("other well positions, of any plate"),
        "few treatments lie in several positions (the count says how many were asked)",
    ),
    "treatment_unseen_batch_centred": (_CENTRED.format("a held-out batch"), _GAIN),
    "treatment_other_batch_centred": (_CENTRED.format("another batch"), _GAIN),
    "treatment_other_plate_centred": (_CENTRED.format("another plate"), _GAIN),
    "mechanism_other_compound_centred": (_CENTRED.format("another compound"), _GAIN),
    "mechanism_not_same_batch": (
        "Do the nearest profiles of another compound and another batch name the mechanism?",
        "few mechanisms lie in several batches",
    ),
    "mechanism_not_same_source": (
        "Do the nearest profiles of another compound and another source name the mechanism?",
        "few mechanisms were made in several sources",
    ),
    "mechanism_not_same_position": (
        "Do the nearest profiles of another compound and another well position name the mechanism?",
        "it is compared across screens with different layouts",
    ),
    "map_not_same_source": (
        "As active, but replicates must lie in other sources (laboratories).",
        "few treatments were made in several sources",
    ),
    "map_not_same_position": (
        "As active, but replicates must lie in other well positions.",
        "few treatments lie in several positions",
    ),
    "batch_recognised_centred": (
        "As batch recognised, of profiles less their mean.",
        "it is low: that proves nothing, noise has it low too",
    ),
    "treatment_probe": (_PROBE.format("batches", "treatment"), _FEW),
    "treatment_probe_other_plate": (_PROBE.format("plates", "treatment"), _FEW),
    "mechanism_other_compound": (
        "Do the nearest profiles of another compound name the mechanism?",
        "a mechanism has two compounds only",
    ),
    "mechanism_probe": (_PROBE.format("compounds", "mechanism"), "a mechanism has two compounds only"),
    "map_activity": (
        "Mean average precision: do replicates find each other before the negative controls of their plate?",
        "there are few controls a plate: then chance is high and p cannot become small",
    ),
    "active_share": (
        "Share of treatments that are active: mean average precision against controls with q < 0.05.",
        "there are few controls or replicates: some treatments could never be significant (the note counts them)",
    ),
    "active_share_ranks": (
        "As the share active, but p is that of random rankings, as copairs has it.",
        "there is one replicate a plate and few controls: then nothing can be significant",
    ),
    "map_cross_batch": (
        "As active, but replicates must lie in other batches, while the controls are of the query's own plate.",
        "the batch effect is strong: it is hard, and meant to be",
    ),
    "map_distinct": (
        "Do replicates find each other before the other treatments of their plate?",
        "the layout is fixed, or many treatments do the same",
    ),
    "map_consistency": (
        "Do treatments of one mechanism, but other compounds, find each other before treatments of other mechanisms?",
        "mechanisms have few compounds",
    ),
    "percent_replicating": (
        "Share of treatments whose replicates correlate more than 95 % of strangers do.",
        "replicates lie in one batch: it knows no batches, and they look alike because of theirs",
    ),
    "grit": (
        "How far replicates resemble each other more than controls, in standard deviations of the controls.",
        "replicates lie in one batch, or controls hardly vary",
    ),
    "batch_recognised": (
        "Can the nearest profiles in other wells tell the batch?",
        "it is low: that proves nothing, noise and an untrained network have it low too",
    ),
    "plate_recognised": (
        "Can the nearest profiles in other wells tell the plate?",
        "plates hold different treatments: then knowing treatments is knowing plates",
    ),
    "batch_probe": (
        "Can a logistic regression that was trained on other wells tell the batch?",
        "it is low: that proves nothing, noise has it low too",
    ),
    "pcr": (
        "The share of all variance that lies between batches.",
        "features have different units: it follows the largest",
    ),
    "kbet": ("Share of neighbourhoods with the batches in the screen's proportions.", "noise: it scores 0.95"),
    "cdcl_kbet": (
        "kBET as the paper on CDCL computes it: sites of the own well count as neighbours.",
        "it is compared with any other kBET",
    ),
    "ilisi": ("How many batches a neighbourhood effectively holds; 1 is all of them, evenly.", _NOISE),
    "bras": ("1 less the silhouette of batches among the profiles of one treatment.", "noise: it scores nearly 1"),
    "graph_connectivity": (
        "Share of a treatment's profiles that hang together by their 15 nearest neighbours.",
        "treatments are few and large: then everything hangs together",
    ),
    "clisi": (
        "How few treatments a neighbourhood effectively holds; 1 is one.",
        "treatments are many: then noise is near 1 too",
    ),
    "silhouette_label": (
        "How much nearer profiles lie to their own treatment than to the next one; 0.5 is no structure.",
        "treatments that do nothing lie among the controls, as they should",
    ),
    "nmi": (
        "How much k-means clusters, found without labels, tell about the treatments.",
        "clusters are many and small: look at chance",
    ),
    "ari": (
        "How far k-means clusters agree with the treatments, beyond chance.",
        "treatments differ in size, or many do nothing",
    ),
    "nsc": (
        "Does the nearest treatment of another compound have the same mechanism?",
        "mechanisms lie in batches of their own: then recognising the batch is enough",
    ),
    "nscb": (
        "Does the nearest treatment of another compound and another batch have the same mechanism?",
        "it is compared with NSC: mechanisms of one batch are left out here",
    ),
    "mechanism_enriched": (
        "Do the nearest 1 % of treatments hold the treatment's own mechanism significantly often?",
        "there are few treatments: then 1 % is one",
    ),
    "mechanism_odds": (
        "How much more often the nearest 1 % share the mechanism than the rest; 1 is no more.",
        "counts of 0 are common: look at shuffled labels, not at 1",
    ),
    "target_enriched": (
        "Do the nearest 1 % of treatments hold the treatment's own target significantly often?",
        "there are few treatments: then 1 % is one",
    ),
    "target_odds": (
        "How much more often the nearest 1 % share the target than the rest; 1 is no more.",
        "counts of 0 are common: look at shuffled labels, not at 1",
    ),
    "relations_05": (
        "Share of known pairs among the 5 % most alike and the 5 % most unlike of all pairs.",
        "pairs are few: look at the interval of shuffled names",
    ),
    "relations_10": (
        "Share of known pairs among the 10 % most alike and the 10 % most unlike of all pairs.",
        "pairs are few: look at the interval of shuffled names",
    ),
    "overall": (
        "0.4 x the mean of the scores of batches + 0.6 x the mean of the scores of biology (Arevalo et al. 2024).",
        "it is taken for quality: half of its parts reward forgetting, and it compares with no published figure",
    ),
}

BASELINES = {
    "noise": "random numbers: what a score says of them, it says of nothing",
    "batch only": "one random vector a batch: profiles that know their batch and nothing else",
    "batch and position": "one random vector a batch and one a well position: what a fixed layout gives away",
    "cell count": "the number of cells and nothing else",
    "intensity statistics": "mean, spread and percentiles of the raw pixels, without a network",
    "untrained network": "the same network with random weights",
}
"""The columns of scores.csv that are baselines, as `cdcl score --baselines` names them."""

_BATCHES = ("batch_recognised", "batch_recognised_centred", "batch_probe", "kbet", "cdcl_kbet", "ilisi")


def explain(name: str) -> str:
    """Say in a few lines what a score asks, which way is better, and when it misleads."""
    asks, misleads = _MEANINGS.get(name, ("", ""))
    better = "Higher is better." if is_higher_better(name) else "Lower is better."
    return "\n".join(filter(None, [title_of(name), asks, better, f"It misleads when {misleads}." * bool(misleads)]))


def is_higher_better(name: str) -> bool:
    """Tell whether good profiles have a high value."""
    return METRICS[name].higher_is_better if name in METRICS else True


def grouped_by(name: str) -> str:
    """Name the column whose values a score has single values for: treatment, mechanism, batch or plate."""
    if name == "plate_recognised":
        return "plate"
    if name.endswith(("_enriched", "_odds")):
        return "treatment"
    if name.startswith("mechanism_") or name == "map_consistency":
        return "mechanism"
    return "batch" if name in _BATCHES else "treatment"

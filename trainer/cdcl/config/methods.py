"""One config a method; `[method] name` says which one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cdcl.config.section import Fraction, Positive, Section, Width


class MethodSection(Section):
    """What the data pipeline asks of every method's config."""

    @property
    def label_column(self) -> str:
        """Column whose values the loss predicts; "" where it uses none."""
        return ""

    @property
    def domain_column(self) -> str:
        """Column whose values the loss tells apart; "" where it uses none."""
        return ""


class DinoConfig(MethodSection):
    """Self-distillation with no labels (Caron et al., 2021)."""

    name: Literal["dino"] = "dino"
    # Widths, temperatures and momenta are the defaults of DINO's published code (Caron et al. 2021).
    prototypes: int = Field(65536, ge=2, le=2**24, description="K, the width of the head's output.")
    hidden: Width = Field(2048, description="Width of the head's hidden layers.")
    bottleneck: Width = Field(
        256,
        description="Width of the normalised vector before the prototypes. Logits spread as 1/sqrt(bottleneck): "
        "a teacher temperature of 0.04 at 64 sharpens as 0.02 does at 256.",
    )
    batch_norm: bool = Field(False, description="BatchNorm in the head; helps small data off the uniform plateau.")
    fix_prototype_length: bool = Field(True, description="Keep all prototypes at length 1.")
    student_temperature: Positive = Field(0.1, description="Softmax temperature of the student.")
    teacher_temperature: Positive = Field(0.04, description="Softmax temperature of the teacher after its warm-up.")
    teacher_temperature_start: Positive = Field(0.04, description="Softmax temperature of the teacher at the start.")
    teacher_temperature_warmup: Fraction = Field(
        0.0, description="Share of the run in which the teacher's temperature moves to its final value."
    )
    centre_momentum: Fraction = Field(0.9, description="Momentum of the centre subtracted from the teacher's logits.")
    momentum: Fraction = Field(0.996, description="Momentum of the teacher's moving average at the start.")
    momentum_end: Fraction = Field(1.0, description="... and at the end (cosine in between).")
    freeze_prototypes: Fraction = Field(0.0, description="Share of the run in which the prototypes are not trained.")


class CdclConfig(DinoConfig):
    """DINO's loss, a decorrelation term on the logits, and one centre a domain (Haslum et al., 2023)."""

    name: Literal["cdcl"] = "cdcl"  # type: ignore[assignment]
    barlow_weight: Fraction = Field(0.75, description="w: the loss is (1-w) DINO / ln K + w Barlow.")
    barlow_lambda: Fraction = Field(0.95, description="Weight of the off-diagonal part of the Barlow term.")
    domain: str = Field("batch", description="Column with one centre a value; '' shares one centre.")
    only_cross_domain: bool = Field(False, description="Drop the loss terms between views of one image.")

    @property
    def domain_column(self) -> str:
        """Column whose values each have a centre."""
        return self.domain


class ByolConfig(MethodSection):
    """Prediction of an averaged target, with no negatives and no labels (Grill et al., 2020)."""

    name: Literal["byol"] = "byol"
    # Widths as published; momentum 0.99 is that of the shorter runs of 300 epochs (Grill et al. 2020, appendix).
    hidden: Width = Field(4096, description="Width of the hidden layers of projector and predictor.")
    projection: Width = Field(256, description="Length of the projection that is predicted.")
    momentum: Fraction = Field(0.99, description="Momentum of the target's moving average at the start.")
    momentum_end: Fraction = Field(1.0, description="... and at the end (cosine in between).")


class SupervisedConfig(MethodSection):
    """Cross-entropy on a label column: the ceiling that labels buy."""

    name: Literal["supervised"] = "supervised"
    label: str = Field("treatment", description="Column that is predicted.")
    smoothing: Fraction = Field(0.0, description="Label smoothing.")
    momentum: Fraction = Field(0.99, description="Momentum of the averaged encoder that is used for profiles.")
    momentum_end: Fraction = Field(0.999, description="... and at the end (cosine in between).")
    dropout: Fraction = Field(0.0, description="Dropout before the classifier.")

    @property
    def label_column(self) -> str:
        """Column that is predicted."""
        return self.label


class TripletConfig(MethodSection):
    """Distances learnt from labels, such as confident archetypes (after Siegismund et al., 2022)."""

    name: Literal["triplet"] = "triplet"
    label: str = Field(
        "archetype", description="Column whose values are drawn together and apart; empty ones are not used."
    )
    domain: str = Field("plate", description="Column in which positives differ, where they can.")
    margin: Positive = Field(
        0.2,
        description="How much further a negative should be: squared distance of unit vectors (Schroff et al., 2015).",
    )
    momentum: Fraction = Field(0.99, description="Momentum of the averaged encoder that is used for profiles.")
    momentum_end: Fraction = Field(0.999, description="... and at the end (cosine in between).")

    @property
    def label_column(self) -> str:
        """Column whose values are drawn together and apart."""
        return self.label

    @property
    def domain_column(self) -> str:
        """Column in which positives differ, where they can."""
        return self.domain


class SimclrConfig(MethodSection):
    """Contrast of the views of an image with all other images (Chen et al., 2020; Perakis et al., 2021)."""

    name: Literal["simclr"] = "simclr"
    temperature: Positive = Field(0.1, description="T: cosines are divided by it.")
    hidden: int = Field(0, ge=0, description="Width of the projector's hidden layer; 0: as wide as the features.")
    projection: Width = Field(256, description="Length of the projection that is contrasted.")
    same_label: Literal["negatives", "ignored", "positives"] = Field(
        "negatives",
        description=(
            "What other images with the anchor's label are: 'negatives' as published, 'ignored', or 'positives' "
            "(supervised contrast)."
        ),
    )
    label: str = Field("treatment", description="... and the column that holds the label.")
    momentum: Fraction = Field(
        0.0, description="Momentum of the averaged encoder that is used for profiles; 0: the trained one itself."
    )
    momentum_end: Fraction = Field(0.0, description="... and at the end (cosine in between).")

    @property
    def label_column(self) -> str:
        """Column whose equal values are not contrasted; "" where labels do not matter."""
        return "" if self.same_label == "negatives" else self.label


METHOD_CONFIGS: dict[str, type[Section]] = {
    "byol": ByolConfig,
    "cdcl": CdclConfig,
    "dino": DinoConfig,
    "simclr": SimclrConfig,
    "supervised": SupervisedConfig,
    "triplet": TripletConfig,
}

MethodConfig = Annotated[
    ByolConfig | CdclConfig | DinoConfig | SimclrConfig | SupervisedConfig | TripletConfig, Field(discriminator="name")
]

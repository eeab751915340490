"""One config a method; `[method] name` says which one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cdcl.config.section import Count, Fraction, Positive, Section


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
    prototypes: int = Field(65536, ge=2, description="K, the width of the head's output.")
    hidden: Count = Field(2048, description="Width of the head's hidden layers.")
    bottleneck: Count = Field(256, description="Width of the normalised vector before the prototypes.")
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
    hidden: Count = Field(4096, description="Width of the hidden layers of projector and predictor.")
    projection: Count = Field(256, description="Length of the projection that is predicted.")
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


METHOD_CONFIGS: dict[str, type[Section]] = {
    "byol": ByolConfig,
    "cdcl": CdclConfig,
    "dino": DinoConfig,
    "supervised": SupervisedConfig,
}

MethodConfig = Annotated[ByolConfig | CdclConfig | DinoConfig | SupervisedConfig, Field(discriminator="name")]

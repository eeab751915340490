"""Phenotypes in production: a classifier trained on named profiles, calibrated, tested across batches, and applied."""

from cdcl.phenotypes.classifier import NOVEL, Classifier
from cdcl.phenotypes.evaluation import Evaluation
from cdcl.phenotypes.files import read_classifier, write_classifier
from cdcl.phenotypes.prediction import NONE, predict, suggest, well_shares
from cdcl.phenotypes.training import KINDS, train_classifier

__all__ = [
    "KINDS",
    "NONE",
    "NOVEL",
    "Classifier",
    "Evaluation",
    "predict",
    "read_classifier",
    "suggest",
    "train_classifier",
    "well_shares",
    "write_classifier",
]

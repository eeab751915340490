"""What an embedding is worth: recognition across batches, mixing of batches, matching of mechanisms."""

from cdcl.metrics.intervals import cluster_bootstrap, wilson
from cdcl.metrics.kbet import kbet
from cdcl.metrics.knn import knn_accuracy
from cdcl.metrics.lisi import ilisi
from cdcl.metrics.nsc import nsc, nscb
from cdcl.metrics.score import Score, scores_table
from cdcl.metrics.scoring import METRICS, Metric, score_all, score_profiles

__all__ = [
    "METRICS",
    "Metric",
    "Score",
    "cluster_bootstrap",
    "ilisi",
    "kbet",
    "knn_accuracy",
    "nsc",
    "nscb",
    "score_all",
    "score_profiles",
    "scores_table",
    "wilson",
]

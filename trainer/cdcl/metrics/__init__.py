"""What an embedding is worth: recognition across batches, mixing of batches, matching of mechanisms."""

from cdcl.metrics.activity import active_share, active_share_ranks, map_activity, map_cross_batch
from cdcl.metrics.cdcl_kbet import cdcl_kbet
from cdcl.metrics.clusters import ari, nmi
from cdcl.metrics.comparison import beside, compare, comparison_table
from cdcl.metrics.connectivity import graph_connectivity
from cdcl.metrics.grit import grit
from cdcl.metrics.intervals import cluster_bootstrap, wilson
from cdcl.metrics.kbet import kbet
from cdcl.metrics.knn import knn_accuracy
from cdcl.metrics.lisi import clisi, ilisi
from cdcl.metrics.nsc import nsc, nscb
from cdcl.metrics.overall import half_scores, overall
from cdcl.metrics.probe import linear_probe
from cdcl.metrics.regression import pcr, pcr_comparison
from cdcl.metrics.replicating import percent_replicating
from cdcl.metrics.retrieval import map_consistency, map_distinct
from cdcl.metrics.score import Score, labels_table, scores_table
from cdcl.metrics.scoring import METRICS, Metric, score_all, score_profiles, title_of
from cdcl.metrics.silhouette import bras, silhouette_label

__all__ = [
    "METRICS",
    "Metric",
    "Score",
    "active_share",
    "active_share_ranks",
    "ari",
    "beside",
    "bras",
    "cdcl_kbet",
    "clisi",
    "cluster_bootstrap",
    "compare",
    "comparison_table",
    "graph_connectivity",
    "grit",
    "half_scores",
    "ilisi",
    "kbet",
    "knn_accuracy",
    "labels_table",
    "linear_probe",
    "map_activity",
    "map_consistency",
    "map_cross_batch",
    "map_distinct",
    "nmi",
    "nsc",
    "nscb",
    "overall",
    "pcr",
    "pcr_comparison",
    "percent_replicating",
    "score_all",
    "score_profiles",
    "scores_table",
    "silhouette_label",
    "title_of",
    "wilson",
]

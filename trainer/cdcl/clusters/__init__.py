"""Job scripts for clusters: training that stops before its time is up and goes on, and embedding as an array."""

from cdcl.clusters.arrays import array_script
from cdcl.clusters.job import Job, Machines
from cdcl.clusters.scripts import SCHEDULERS, job_script

__all__ = ["SCHEDULERS", "Job", "Machines", "array_script", "job_script"]

"""Every score against the package that the field uses for it, then all scores of a large screen: time and memory.

    python benchmarks/scores.py [--profiles 10000] [--many 100000] [--only WORD] [--nulls 632 9000]

With `--nulls`, instead: all scores and their nulls (20 shuffles) of so many wells, as `cdcl score` measures them.

Each measurement has a process of its own, so that peaks of memory are its own; imports and data do not count, but what
a package compiles on its first call does, as it would for a user. Packages that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing as mp
import resource
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from machine import describe_machine, write_result

from cdcl.events import Began
from cdcl.metrics import (
    METRICS,
    bras,
    clisi,
    graph_connectivity,
    ilisi,
    kbet,
    map_activity,
    map_consistency,
    pcr,
    percent_replicating,
    score_profiles,
    silhouette_label,
)
from cdcl.metrics.mixing import neighbourhoods
from cdcl.metrics.neighbours import nearest
from cdcl.metrics.null_scores import score_with_nulls
from cdcl.metrics.precision import Question, average_precision
from cdcl.metrics.shuffling import DRAWS
from cdcl.profiles import Profiles, aggregate
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

DIM, PLATE, CONTROLS, BATCHES, MECHANISMS = 384, 400, 40, 5, 60


def make_wells(count: int) -> Profiles:
    """Plates of 400 wells, 40 of them controls, in 5 batches; 5 replicates of each treatment, on other plates."""
    rng = np.random.default_rng(0)
    plate = np.arange(count) // PLATE
    batch, place = plate % BATCHES, np.arange(count) % PLATE
    control = place < CONTROLS
    order = np.argsort(batch, kind="stable")
    order = order[~control[order]]
    treatment = np.full(count, -1)
    num_treatments = len(order) // BATCHES
    treatment[order] = np.arange(len(order)) % num_treatments
    effects = 0.25 * rng.standard_normal((num_treatments + 1, DIM), dtype=np.float32)
    effects[:-1] += (
        0.25 * rng.standard_normal((MECHANISMS, DIM), dtype=np.float32)[np.arange(num_treatments) % MECHANISMS]
    )
    effects[-1] = 0
    shifts = 0.3 * rng.standard_normal((BATCHES, DIM), dtype=np.float32)
    values = rng.standard_normal((count, DIM), dtype=np.float32) + effects[treatment] + shifts[batch]
    names = {kind: np.where(control, "DMSO", [f"{kind}{number}" for number in treatment]) for kind in ("t", "c")}
    mechanism = np.where(control, "DMSO", [f"m{number % MECHANISMS}" for number in treatment])
    columns = {"batch": [f"b{n}" for n in batch], "plate": [f"p{n}" for n in plate], "well": [f"A{n}" for n in place]}
    columns |= {"treatment": names["t"], "compound": names["c"], "mechanism": mechanism}
    return Profiles(values, pd.DataFrame({**columns, "control": np.where(control, "negative", "")}), "well")


def all_against_all(profiles: Profiles) -> float:
    labels = np.unique(profiles.table["treatment"], return_inverse=True)[1]
    rows = np.arange(len(labels))
    treated = (profiles.table["control"] == "").to_numpy()
    labels = np.where(treated, labels, -1)
    question = Question(profiles.values, labels, rows[:, None], rows[treated], treated, np.zeros_like(labels))
    return float(average_precision(question).values.mean())


def copairs_activity(profiles: Profiles) -> float:
    control = (profiles.table["control"] == "negative").to_numpy()
    alone = np.where(control, [f"d{row}" for row in range(len(control))], profiles.table["treatment"])
    table = pd.DataFrame({"treatment": alone, "plate": profiles.table["plate"], "control": control.astype(str)})
    return copairs_map(table, profiles.values, (["treatment"], [], ["plate"], ["control", "treatment"]))


def copairs_all(profiles: Profiles) -> float:
    treated = profiles.take((profiles.table["control"] == "").to_numpy())
    return copairs_map(treated.table[["treatment"]], treated.values, (["treatment"], [], [], ["treatment"]))


def copairs_consistency(profiles: Profiles) -> float:
    drugs = aggregate(profiles, "treatment")
    drugs = drugs.take((drugs.table["control"] == "").to_numpy())
    rules = (["mechanism"], ["compound"], [], ["mechanism"])
    return copairs_map(drugs.table[["mechanism", "compound"]], drugs.values, rules)


def copairs_map(table: pd.DataFrame, values: np.ndarray, rules: tuple[list[str], ...]) -> float:
    from copairs.map import average_precision as precision
    from copairs.map import mean_average_precision

    found = precision(table, values, *rules, progress_bar=False)
    if "control" in found:
        found = found[found["control"] == "False"]
    means = mean_average_precision(found, rules[0], null_size=10_000, threshold=0.05, seed=0, progress_bar=False)
    return float(means["mean_average_precision"].mean())


def copairs_replicating(profiles: Profiles) -> float:
    from copairs.replicating import correlation_test

    treated = profiles.take((profiles.table["control"] == "").to_numpy())
    found = correlation_test(treated.values, treated.table[["treatment"]], ["treatment"], [], 1000, progress_bar=False)
    return float(found.percent_score("right")[0])


def scib(name: str, k: int = 0, *columns: str) -> Callable[[Profiles], float]:
    """Measure with scib-metrics; where it wants neighbours, finding them is on its account too."""

    def measure(profiles: Profiles) -> float:
        import scib_metrics
        from scib_metrics.nearest_neighbors import NeighborsResults

        labels = [profiles.table[column].to_numpy(dtype=str) for column in columns]
        function = getattr(scib_metrics, name)
        if not k:
            more = {"metric": "cosine"} if name == "silhouette_label" else {}
            return float(function(profiles.values, *labels, **more))
        found = neighbourhoods(profiles, "batch", k)
        distances = np.sqrt(np.maximum(0, 2 - 2 * found.similarities))
        result = function(NeighborsResults(found.rows, distances), *labels)
        return float(result[0] if isinstance(result, tuple) else result)

    return measure


def scib_pcr(profiles: Profiles) -> float:
    from scib_metrics.utils import principal_component_regression as regression

    return float(regression(profiles.values, profiles.table["batch"].to_numpy(dtype=str), True, n_components=DIM))


def our_neighbours(profiles: Profiles) -> float:
    rows = np.arange(len(profiles))[:, None]
    found = nearest(profiles.values, profiles.values, 90, query_codes=rows, bank_codes=rows)
    return float(found.similarities.mean())


def sklearn_neighbours(profiles: Profiles) -> float:
    from sklearn.neighbors import NearestNeighbors

    distances = NearestNeighbors(n_neighbors=91, metric="cosine", algorithm="brute").fit(profiles.values)
    return float(1 - distances.kneighbors(profiles.values)[0][:, 1:].mean())


def our_medians(profiles: Profiles) -> float:
    return float(np.abs(aggregate(profiles, "treatment").values).mean())


def pycytominer_medians(profiles: Profiles) -> float:
    import pycytominer

    frame = pd.DataFrame(profiles.values, columns=list(profiles.names))
    frame.insert(0, "Metadata_treatment", profiles.table["treatment"])
    names = list(profiles.names)
    found = pycytominer.aggregate(frame, strata=["Metadata_treatment"], features=names, operation="median")
    return float(np.abs(found[names].to_numpy()).mean())


def value(metric: Callable[..., Any], **options: Any) -> Callable[[Profiles], float]:
    return lambda profiles: float(metric(profiles, **options).value)


CASES: dict[str, tuple[Callable[[Profiles], float], str, Callable[[Profiles], float]]] = {
    "mAP against controls of the plate, p": (value(map_activity), "copairs", copairs_activity),
    "mAP of mechanisms, treatments, p": (value(map_consistency), "copairs", copairs_consistency),
    "percent replicating": (value(percent_replicating), "copairs", copairs_replicating),
    "kBET, k = 50": (value(kbet, k=50), "scib_metrics", scib("kbet", 50, "batch")),
    "iLISI, k = 90": (value(ilisi, k=90), "scib_metrics", scib("ilisi_knn", 90, "batch")),
    "cLISI, k = 90": (value(clisi, k=90), "scib_metrics", scib("clisi_knn", 90, "treatment")),
    "graph connectivity, k = 15": (
        value(graph_connectivity), "scib_metrics", scib("graph_connectivity", 15, "treatment"),
    ),
    "silhouette of treatments": (value(silhouette_label), "scib_metrics", scib("silhouette_label", 0, "treatment")),
    "BRAS of mechanisms": (value(bras, column="mechanism"), "scib_metrics", scib("bras", 0, "mechanism", "batch")),
    "principal-component regression": (value(pcr), "scib_metrics", scib_pcr),
    "90 nearest by cosine": (our_neighbours, "sklearn", sklearn_neighbours),
    "medians of treatments": (our_medians, "pycytominer", pycytominer_medians),
    "AP, all treated against all": (all_against_all, "copairs", copairs_all),
}  # fmt: skip


HEADING = """
{} wells x 384, one process a measurement, cdcl first; the ratio is of CPU seconds, which neighbours on the machine
disturb least. Memory is what the call added at its peak.
"""


NULLS = """
`cdcl score`, its scores and their nulls of {} shuffles each, one process a row. The nulls' seconds are those after the
scores themselves. Plates have {} wells, {} of them controls; treatments 5 replicates.

| wells x 384 | s, all | CPU s, all | s, nulls | CPU s, nulls | GB | scores with a null |
|---|---|---|---|---|---|---|"""


class Measured(NamedTuple):
    seconds: float
    work: float
    memory: float
    value: float


def measure(case: str, side: int, count: int, results: mp.Queue[Measured]) -> None:
    warnings.simplefilter("ignore")
    profiles = make_wells(count)
    if case in CASES:
        ours, package, theirs = CASES[case]
        importlib.import_module(package)
        function = (ours, theirs)[side]
    else:
        function = value_of_all if case == "all" else value(METRICS[case].measure)
    before, began, worked = peak(), time.perf_counter(), time.process_time()
    found = function(profiles)
    results.put(Measured(time.perf_counter() - began, time.process_time() - worked, peak() - before, found))


def value_of_all(profiles: Profiles) -> float:
    return float(sum(score.available for score in score_profiles(profiles)))


def measure_nulls(count: int, results: mp.Queue[tuple[float, ...]]) -> None:
    """Score wells and their shuffles; a clock is read where the first shuffle begins."""
    warnings.simplefilter("ignore")
    profiles = make_wells(count)
    clocks = [(time.perf_counter(), time.process_time())]

    def hear(event: object) -> None:
        if isinstance(event, Began) and event.task == "null":
            clocks.append((time.perf_counter(), time.process_time()))

    before = peak()
    scores = finish(score_with_nulls(profiles), hear)
    clocks.append((time.perf_counter(), time.process_time()))
    (began, worked), (nulls, nulls_worked), (ended, all_worked) = clocks
    known = sum(score.null == score.null for score in scores)
    results.put((ended - began, all_worked - worked, ended - nulls, all_worked - nulls_worked, peak() - before, known))


def time_nulls(counts: list[int]) -> None:
    lines = [NULLS.format(DRAWS, PLATE, CONTROLS)]
    for count in counts:
        results: mp.Queue[tuple[float, ...]] = mp.get_context("spawn").Queue()
        process = mp.get_context("spawn").Process(target=measure_nulls, args=(count, results))
        process.start()
        *seconds, memory, known = results.get()
        process.join()
        lines.append(f"| {count} | {' | '.join(f'{one:.0f}' for one in seconds)} | {memory:.2f} | {known} |")
        print(lines[-1], flush=True)
    write_result("nulls", "\n".join([*lines, "", describe_machine()]))


def peak() -> float:
    """Give the most memory this process ever held, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)


def run(case: str, side: int, count: int) -> Measured:
    context = mp.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=measure, args=(case, side, count, results))
    process.start()
    while process.is_alive() and results.empty():
        time.sleep(0.05)
    if results.empty():
        return Measured(*[float("nan")] * 4)
    found = results.get()
    process.join()
    return found


def compare(case: str, count: int) -> str:
    ours, theirs = run(case, 0, count), run(case, 1, count)
    return (
        f"| {case} | {ours.seconds:.2f} | {theirs.seconds:.2f} | {ours.work:.2f} | {theirs.work:.2f} "
        f"| {theirs.work / ours.work:.1f} x | {ours.memory:.2f} | {theirs.memory:.2f} "
        f"| {ours.value:.4f} | {theirs.value:.4f} | {CASES[case][1].replace('_', '-')} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--only", default="", help="cases with this word in their name")
    parser.add_argument("--nulls", type=int, nargs="+", help="numbers of wells whose nulls are timed, alone")
    arguments = parser.parse_args()
    if arguments.nulls:
        time_nulls(arguments.nulls)
        return
    cases = [case for case in CASES if arguments.only in case and importlib.util.find_spec(CASES[case][1])]
    lines = [
        "All scores of `cdcl score`:\n",
        "| wells x 384 | s | CPU s | GB | with a value |",
        "|---|---|---|---|---|",
    ]
    for count in (arguments.profiles, arguments.many):
        found = run("all", 0, count)
        lines.append(f"| {count} | {found.seconds:.1f} | {found.work:.1f} | {found.memory:.2f} | {found.value:.0f} |")
        print(lines[-1], flush=True)
    lines += [
        HEADING.format(arguments.profiles),
        "| | s | s | CPU s | CPU s | ratio | GB | GB | value | value | package |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        lines.append(compare(case, arguments.profiles))
        print(lines[-1], flush=True)
    write_result("scores", "\n".join([*lines, "", describe_machine()]))


if __name__ == "__main__":
    main()

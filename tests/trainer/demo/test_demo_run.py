"""The whole demo, small and short."""

from __future__ import annotations

import pandas as pd
import pytest

from cdcl.demo import Comparison, Demo, run_demo
from cdcl.demo.plan import RECIPES, UNTRAINED
from cdcl.events import Began, Event, Wrote
from cdcl.synthetic import SyntheticConfig
from cdcl.tasks import finish

SMALL = SyntheticConfig(
    batches=6, plates_per_batch=1, wells_per_treatment=1, control_wells=1, sites_per_well=1, field_size=96
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    demo = Demo(tmp_path_factory.mktemp("demo") / "cdcl-demo", seed=1, steps=2, device="cpu", screen_size=SMALL)
    finish(run_demo(demo))
    return demo


def stages(events: list[Event]) -> list[str]:
    return [event.task for event in events if isinstance(event, Began)]


@pytest.mark.slow
def test_demo_leaves_runs_scores_and_a_page(demo: Demo) -> None:
    for method in RECIPES:
        assert demo.run(method).status() == "done"
        assert demo.run(method).checkpoint_steps()[-1] == 2
    assert demo.run(UNTRAINED).checkpoint_steps() == [0]
    table = pd.read_csv(demo.scores)
    assert {"noise", "intensity statistics", "DINO", "CDCL + plate z-score", "supervised"} <= set(table["profiles"])
    page = demo.report.read_text()
    for part in ("What came out", "Training", "UMAP of the site profiles", "Attention", "data:image/png;base64"):
        assert part in page


@pytest.mark.slow
def test_second_demo_only_scores_and_draws_again(demo: Demo) -> None:
    weights = demo.run("CDCL").checkpoints / "2" / "weights.safetensors"
    before = weights.stat().st_mtime_ns
    events: list[Event] = []
    again = finish(run_demo(demo), events.append)
    assert isinstance(again, Comparison)
    assert weights.stat().st_mtime_ns == before
    assert not {"simulate", "train", "embed", "intensity statistics"} & set(stages(events))
    assert Wrote("report", str(demo.report)) in events


@pytest.mark.slow
def test_demo_that_was_cut_short_trains_what_is_missing(demo: Demo) -> None:
    run = demo.run("DINO")
    run.profiles("site").unlink()
    for path in (run.checkpoints / "2").iterdir():
        path.unlink()
    (run.checkpoints / "2").rmdir()
    run.events.unlink()
    events: list[Event] = []
    finish(run_demo(demo), events.append)
    assert stages(events).count("train") == 1
    assert stages(events).count("embed") == 1
    assert run.status() == "done"

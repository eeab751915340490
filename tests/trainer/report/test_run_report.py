from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import RunError
from cdcl.events import Ended, Said, Warned
from cdcl.metrics import Score, scores_table
from cdcl.profiles import Profiles, write_profiles
from cdcl.projections import project, write_projection
from cdcl.report import Section, render_page, write_report
from cdcl.report.findings import read_findings
from cdcl.runs import Run, record
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.events import Event
    from cdcl.tasks import Task


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "first-run")
    run.folder.mkdir()
    run.config.write_text(
        'recipe = "cdcl"\nabout = "Looks past the batch."\nsteps = 40\n[pairing]\ndiffby = ["batch"]\n'
    )
    return run


def _tell(*events: Event) -> Task[None]:
    yield from events


def fill(run: Run) -> None:
    steps = np.arange(0, 40, 10)
    log = {"step": steps, "seconds": steps * 0.5, "loss": 6.0 - steps / 20, "teacher_entropy": 0.9}
    pd.DataFrame(log).to_csv(run.log, index=False)
    told = [Said("partners: another batch 20, another plate 4, the image itself 0"), Warned("channel DNA is blank")]
    finish(record(_tell(*told, Ended("done", "done at step 40 of 40")), run))
    with run.events.open("a") as file:
        file.write('{"event": "adv')
    scores_table([Score("kbet", 0.4, 0.3, 0.5, 24, 0.95, level="well")]).to_csv(run.scores, index=False)
    table = pd.DataFrame({"batch": ["a", "b"] * 6, "treatment": ["t", "u", "v"] * 4})
    profiles = Profiles(np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32), table, "site")
    write_projection(finish(project(profiles, method="pca")), run.projection("pca"))
    (run.folder / "attention").mkdir()
    field, maps = np.ones((2, 32, 32), dtype=np.uint16), np.random.default_rng(0).random((3, 4, 4))
    np.savez(run.folder / "attention" / "p1 A01 1.npz", image=field, maps=maps)


def test_the_page_holds_all_that_the_run_knows(run: Run) -> None:
    fill(run)
    page = write_report(run).read_text(encoding="utf-8")
    headings = re.findall("<h2>(.*?)</h2>", page)
    assert headings == ["Scores", "Maps", "Attention", "Training", "Pairing", "Warnings", "Settings"]
    for text in (
        "first-run",
        "Its recipe says of itself: Looks past the batch.",
        "done at step 40 of 40",
        "channel DNA is blank",
        "another plate",
    ):
        assert text in page
    assert page.count("<img ") == 4


def test_the_page_needs_nothing_but_itself(run: Run) -> None:
    fill(run)
    page = write_report(run).read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r"(src|href)='(?!data:image/png;base64,)", page)
    assert not re.search(r"url\(|@import|https?://", page)


def test_what_the_run_does_not_have_yet_is_left_out(run: Run) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    assert re.findall("<h2>(.*?)</h2>", page) == ["Settings"]


def test_a_map_of_the_embedding_before_is_named_as_out_of_date(run: Run) -> None:
    fill(run)
    table = pd.DataFrame({"plate": ["P"] * 12, "well": [f"A{n + 1:02d}" for n in range(12)]})
    profiles = Profiles(np.random.default_rng(1).normal(size=(12, 4)).astype(np.float32), table, "site")
    write_profiles(profiles, run.profiles("site"))
    assert "projections/pca.parquet" in read_findings(run).outdated
    write_projection(finish(project(profiles, method="pca")), run.projection("pca"))
    assert "projections/pca.parquet" not in read_findings(run).outdated


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is no run: it has no config\.toml"):
        write_report(Run(tmp_path))


def test_a_damaged_attention_file_is_named_and_never_unpickled(run: Run) -> None:
    fill(run)
    np.savez(run.folder / "attention" / "bad.npz", image=np.array([{"a": 1}], dtype=object), maps=np.zeros(1))
    with pytest.raises(RunError, match=r"bad\.npz holds no attention"):
        write_report(run)


def test_text_of_a_section_is_escaped_and_split_into_paragraphs() -> None:
    page = render_page("a < b", [Section("x & y", "one\n\ntwo <b>")])
    assert "<h1>a &lt; b</h1>" in page
    assert "<h2>x &amp; y</h2><p>one</p><p>two &lt;b&gt;</p>" in page

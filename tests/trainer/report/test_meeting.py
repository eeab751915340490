"""The first sheets of the report: what a project meeting asks, each answer with a way to how it was computed."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cdcl.report import write_report
from cdcl.report.canvas import DPI
from cdcl.report.montage import first_lines
from cdcl.runs import Run

if TYPE_CHECKING:
    from pathlib import Path


def hit(treatment: str, q: float, effect: float, **more: Any) -> dict[str, Any]:
    compound, _, dose = treatment.partition("@")
    row = {
        "treatment": treatment,
        "compound": compound,
        "concentration": dose,
        "hit": q < 0.05,
        "q": q,
        "effect": effect,
    }
    usual = {"across_batches": 0.8, "cells": 1.0, "like": "tubulin", "confidence": 0.8, "nearest": "x", "flags": ""}
    return {**row, **usual, "reasons": "active", **more}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "run")
    (run.folder / "quality").mkdir(parents=True)
    run.config.write_text('recipe = "cdcl"\n')
    rows = [
        hit("taxol@3", 0.001, 9.0, cells=0.3),
        hit("taxol@0.3", 0.01, 4.0),
        hit("<b>odd@1", 0.02, 3.0, across_batches=0.1, flags="one batch only", confidence=np.nan),
        hit("maybe@1", 0.1, 2.0),
        hit("nothing@1", 0.9, 1.0),
    ]
    pd.DataFrame(rows).to_csv(run.hits, index=False)
    return run


def curves(run: Run) -> None:
    (run.folder / "doses").mkdir()
    known = {"compound": "taxol", "response": "distance", "reason": "", "note": "EC50 is loose: 3 decades"}
    numbers = {"ec50": 0.5, "ec50_low": 0.2, "ec50_high": 2.0, "bottom": 1, "top": 9, "slope": 1}
    pd.DataFrame([known | numbers]).to_csv(run.folder / "doses" / "distance.csv", index=False)


def quality(run: Run) -> None:
    held = {"positive": "taxol", "value": "held-out axis", "batch": "", "note": "", "ssmd": 3.0, "auc": 1.0}
    rows = [held | {"plate": plate, "z_prime": 0.5, "robust_z_prime": z} for plate, z in (("P1", 0.6), ("P2", 0.7))]
    pd.DataFrame(rows).to_csv(run.folder / "quality" / "separation.csv", index=False)
    flags = [("", "P1", "A01", "1", "blur", "DNA", "out of focus"), ("", "P2", "", "", "drift", "", "far from others")]
    columns = ["batch", "plate", "well", "site", "flag", "channel", "reason"]
    pd.DataFrame(flags, columns=columns).to_csv(run.folder / "quality" / "flags.csv", index=False)
    wells = pd.DataFrame({"plate": ["P1"] * 8 + ["P2"] * 8, "well": [f"A{n + 1:02d}" for n in range(8)] * 2})
    wells.to_csv(run.folder / "quality" / "wells.csv", index=False)


def first_sheet(run: Run) -> str:
    page = write_report(run).read_text(encoding="utf-8")
    found = re.search(r"<main><section id='for-the-meeting'>(.*?)</section>", page, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_begins_with_the_three_questions(run: Run) -> None:
    quality(run)
    sheet = first_sheet(run)
    questions = ["Did the assay work?", "What is active, at which dose, like what?", "What to repeat?"]
    assert re.findall("<h3>(.*?)</h3>", sheet) == questions
    assert "By taxol: yes. Robust Z&#x27; 0.65" in sheet
    assert "3 of 5 treatments are hits." in sheet
    assert "2 things are flagged." in sheet


def test_a_compound_has_its_lowest_active_dose_its_curve_and_what_it_is_like(run: Run) -> None:
    curves(run)
    rows = re.findall("<tr>(.*?)</tr>", first_sheet(run))
    cells = [re.findall("<td.*?>(.*?)</td>", row) for row in rows]
    assert ["taxol", "0.3", "0.5 (0.2 to 2)", "9.0", "tubulin (80%)", "30% of the controls&#x27; cells"] in cells
    assert any(row[:1] == ["&lt;b&gt;odd"] and row[4] == "tubulin" for row in cells)


def test_what_to_repeat_is_named(run: Run) -> None:
    quality(run)
    curves(run)
    sheet = first_sheet(run).partition("What to repeat?")[2]
    for words in (
        "half of their wells: P2.",
        "Wells to look at: P1 A01.",
        "more replicates would tell: maybe@1.",
        "batches disagree: &lt;b&gt;odd@1.",
        "one batch only: &lt;b&gt;odd@1.",
        "turns back: taxol.",
    ):
        assert words in sheet


def test_every_link_leads_to_a_part_of_the_page_and_to_nowhere_else(run: Run) -> None:
    quality(run)
    curves(run)
    page = write_report(run).read_text(encoding="utf-8")
    links = re.findall("href='(.*?)'", page)
    assert len(links) > 5
    assert all(f"id='{link[1:]}'" in page for link in links)
    assert {link[0] for link in links} == {"#"}


def test_without_hits_or_quality_there_is_no_such_part(tmp_path: Path) -> None:
    run = Run(tmp_path / "bare")
    run.folder.mkdir()
    run.config.write_text('recipe = "cdcl"\n')
    assert "for-the-meeting'>" not in write_report(run).read_text(encoding="utf-8")


def test_the_first_lines_of_a_montage_are_kept() -> None:
    line = round(1.85 * DPI)
    buffer = BytesIO()
    Image.fromarray(np.zeros((10 * line, 300), np.uint8)).save(buffer, format="png")
    with Image.open(BytesIO(first_lines(buffer.getvalue(), 4))) as image:
        assert image.size == (300, round(4 * 1.85 * DPI))
    assert first_lines(buffer.getvalue(), 20) == buffer.getvalue()

"""Recipe, pairing, preview, curves: what they show, and in which words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QFontMetricsF, QMouseEvent
from tiny import make_config, make_screen

from cdcl.config import RunConfig, list_recipes
from napari_cdcl.panels.train.pairing_picture import (
    Pairing,
    PairingPicture,
    longest_that_fits,
    short_headings,
)
from napari_cdcl.panels.train.preview import PreviewPart, describe_estimate, in_time
from napari_cdcl.panels.train.recipe_chooser import FOR_YOURS, PUBLISHED, RecipeChooser
from napari_cdcl.runs.run_watch import Curve
from napari_cdcl.ui.curves import MOST_POINTS, Curves, _thin

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from qtpy.QtWidgets import QWidget

    from cdcl.screen import Screen

PATIENCE = 120_000


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    return make_screen(tmp_path / "screen")


def colours_of(widget: QWidget) -> int:
    image = widget.grab().toImage()
    return len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)})


def test_each_recipe_has_a_sentence_and_gives_a_config(qtbot: QtBot) -> None:
    chooser = RecipeChooser()
    qtbot.addWidget(chooser)
    chosen: list[RunConfig] = []
    chooser.chosen.connect(chosen.append)
    for recipe in list_recipes():
        chooser.choose(recipe)
        assert chooser.about.text().endswith(".")
    assert [config.recipe for config in chosen] == list(list_recipes())


def test_a_config_that_is_wrong_is_said_and_not_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    chooser = RecipeChooser()
    qtbot.addWidget(chooser)
    (tmp_path / "mine.toml").write_text("steps = -1")
    with qtbot.assertNotEmitted(chooser.chosen):
        chooser.choose(str(tmp_path / "mine.toml"))
    assert "greater than or equal to" in chooser.about.text()


def test_the_picture_counts_partners_among_what_is_trained_on(qtbot: QtBot, screen: Screen) -> None:
    pairing = Pairing.of(screen, make_config())
    assert pairing.ladder["batch"] == 16
    assert pairing.contingency.columns == ("B1", "B2")
    assert "4 of 4 treatments lie in more than one batch" in pairing.in_words()
    picture = PairingPicture()
    qtbot.addWidget(picture)
    picture.resize(400, 100)
    before = colours_of(picture)
    picture.show_pairing(pairing)
    assert colours_of(picture) > before


def test_a_split_that_leaves_one_batch_is_a_doubt(screen: Screen) -> None:
    pairing = Pairing.of(screen, make_config(split={"by": "batch", "test": ["B2"]}))
    assert pairing.images == 8
    assert any("No image has a partner" in doubt for doubt in pairing.doubts)


def test_a_split_that_cannot_be_is_a_doubt_and_no_error(screen: Screen) -> None:
    pairing = Pairing.of(screen, make_config(split={"by": "batch", "test": ["B9"]}))
    assert "B9" in pairing.doubts[0]
    assert pairing.in_words() == ""


def test_a_recipe_that_pairs_nobody_says_so(qtbot: QtBot, screen: Screen) -> None:
    pairing = Pairing.of(screen, make_config(pairing={}))
    assert pairing.ladder == {}
    assert "every image is its own partner" in pairing.in_words()
    picture = PairingPicture()
    qtbot.addWidget(picture)
    picture.show_pairing(pairing)
    picture.grab()


def test_words_of_the_picture_are_those_that_fit(qtbot: QtBot) -> None:
    picture = PairingPicture()
    qtbot.addWidget(picture)
    font = picture.font()
    texts = ["369 (100%) find a partner in another plate", "369 (100%) in another plate"]
    widths = [QFontMetricsF(font).horizontalAdvance(text) for text in texts]
    assert longest_that_fits(texts, widths[0], font) == texts[0]
    assert longest_that_fits(texts, widths[0] - 1, font) == texts[1]
    assert longest_that_fits(texts, widths[1] / 2, font).endswith("…")


def test_headings_that_do_not_fit_lose_what_they_have_in_common(qtbot: QtBot) -> None:
    picture = PairingPicture()
    qtbot.addWidget(picture)
    font, weeks = picture.font(), ["Week1", "Week2", "Week10"]
    assert short_headings(weeks, 500.0, font) == ("", weeks)
    assert short_headings(weeks, 12.0, font) == ("Week…", ["1", "2", "10"])
    assert short_headings(["Week1", "Week10"], 12.0, font) == ("Week…", ["1", "10"])
    assert short_headings(["a long name"], 12.0, font) == ("", ["a long name"])


def test_many_treatments_fit(qtbot: QtBot, screen: Screen) -> None:
    table = screen.sites.assign(treatment=[f"a treatment with a long name {n}" for n in range(len(screen))])
    pairing = Pairing.of(type(screen)(table, screen.channels, screen.folder), make_config())
    picture = PairingPicture()
    qtbot.addWidget(picture)
    picture.resize(120, 100)
    picture.show_pairing(pairing)
    picture.grab()
    assert picture.height() < 400


def test_curves_draw_what_there_is_and_nothing_else(qtbot: QtBot) -> None:
    curves = Curves()
    qtbot.addWidget(curves)
    curves.resize(500, 300)
    curves.show_curves({})
    assert curves.shown == []
    empty = colours_of(curves)
    steps = np.arange(50)
    flat = Curve(steps, np.full(50, np.nan))
    curves.show_curves(
        {"loss": Curve(steps, np.cos(steps / 9)), "lr": Curve(steps, steps * 1e-5), "feature_spread": flat}
    )
    assert curves.shown == ["loss", "learning rate"]
    assert colours_of(curves) > empty
    place = QPointF(120, 60)
    move = QMouseEvent(
        QMouseEvent.Type.MouseMove, place, place, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    curves.mouseMoveEvent(move)
    assert "loss" in curves.toolTip()
    curves.grab()


def test_long_curves_are_thinned_by_means() -> None:
    curve = _thin(Curve(np.arange(100_000), np.ones(100_000)))
    assert len(curve.steps) < 2 * MOST_POINTS
    assert curve.steps[-1] > 99_000
    assert (curve.values == 1).all()


def test_durations_and_estimates_are_said_as_one_says_them() -> None:
    assert [in_time(s) for s in (40, 720, 12_000, 200_000)] == ["40 s", "12 min", "3 h 20 min", "2.3 days"]
    numbers = {
        "images": 1000, "steps": 400, "batch_size": 64, "device": "cuda:0", "seconds_per_step": 0.1,
        "cache_bytes": 2_000_000_000, "memory_bytes": 3_000_000_000, "largest_batch": 512,
    }  # fmt: skip
    words = describe_estimate(numbers)
    assert "0.1 s a step on cuda:0 (measured now), 40 s in all" in words
    assert "2 GB of disk" in words
    assert "the largest batch that fits is 512" in words


def test_thumbnails_are_shown_by_image_and_say_whose_they_are(qtbot: QtBot, tmp_path: Path) -> None:
    part = PreviewPart(lambda: None)
    qtbot.addWidget(part)
    views = []
    for number, partner in enumerate((False, True)):
        Image.new("RGB", (16, 16), (200, 0, 0)).save(tmp_path / f"{number}.png")
        place = {"batch": f"B{number}", "treatment": "T1"}
        views.append({"file": f"{number}.png", "kind": "global", "partner": partner, "anchor": 0, "place": place})
    estimate = {"images": 1, "steps": 1, "batch_size": 2, "device": "cpu", "seconds_per_step": None, "cache_bytes": 1}
    (tmp_path / "preview.json").write_text(json.dumps({"estimate": estimate, "views": views}))
    part.show_preview(tmp_path)
    pictures = [part.grid.itemAtPosition(0, column).widget() for column in (0, 1)]
    assert "its own" in pictures[0].toolTip()
    assert "the partner's" in pictures[1].toolTip()
    assert "batch: B1" in pictures[1].toolTip()


@pytest.mark.slow
def test_a_preview_is_made_by_a_child_and_can_be_cancelled(
    qtbot: QtBot, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    part = PreviewPart(lambda: (make_config(), screen))
    qtbot.addWidget(part)
    part.button.click()
    assert part.running
    qtbot.waitUntil(lambda: not part.running, timeout=PATIENCE)
    assert "16 images, 6 steps of 8" in part.words.text()
    assert part.grid.count() > 4
    part.button.click()
    part.button.click()
    qtbot.waitUntil(lambda: not part.running, timeout=PATIENCE)
    assert part.words.text() == "stopped"


def test_recipes_stand_in_two_groups_without_those_of_the_demo(qtbot: QtBot) -> None:
    chooser = RecipeChooser()
    qtbot.addWidget(chooser)
    names = chooser.names
    lines = [(names.itemText(row), names.itemData(row)) for row in range(names.count())]
    headings = [text for text, key in lines if key is None]
    assert headings == [FOR_YOURS, PUBLISHED]
    assert not [text for text, _ in lines if text.startswith("demo-")]
    published = [text for text, _ in lines[lines.index((PUBLISHED, None)) :]]
    assert "cdcl-rxrx1" in published
    assert "cdcl-small" not in published
    assert names.key == "cdcl-small"
    assert not names.model().item(0).isEnabled()

"""What a demo consists of and where it is kept; a folder holds one demo, and a second call finishes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cdcl.atomic import disk_errors, write_text
from cdcl.bounded import read_json
from cdcl.config import load_config
from cdcl.errors import RunError
from cdcl.runs import Run
from cdcl.synthetic import SyntheticConfig
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cdcl.config import RunConfig

RECIPES = {"DINO": "demo-dino", "CDCL": "demo-cdcl", "supervised": "demo-supervised"}
"""Method as the table calls it, and the recipe it is trained by."""

UNTRAINED = "untrained network"
"""The CDCL recipe's network before its first step: DINO's too, but shown fields scaled by plate, as it does better."""


@dataclass(frozen=True)
class Demo:
    """A demo in its folder.

    Attributes
    ----------
    folder
        screen/, runs/<method>/, baselines/, scores.csv, report.html, and demo.json that says what it is a demo of.
    seed
        Of the screen and of the training.
    steps
        Training steps of each network; None leaves them to the recipes.
    device
        As in `RunConfig.device`.
    cache
        Where decoded pixels are kept; None keeps them in the folder too.
    screen_size
        How large the screen is; its seed is replaced by `seed`.
    """

    folder: Path
    seed: int = 0
    steps: int | None = None
    device: str = "auto"
    cache: Path | None = None
    screen_size: SyntheticConfig = field(default_factory=SyntheticConfig)

    @property
    def screen_config(self) -> SyntheticConfig:
        """What the simulated screen is made by."""
        return self.screen_size.model_copy(update={"seed": self.seed})

    @property
    def screen(self) -> Path:
        """The table of the simulated screen."""
        return self.folder / "screen" / "screen.csv"

    @property
    def cache_folder(self) -> Path:
        """Decoded pixels."""
        return self.cache or self.folder / "cache"

    @property
    def scores(self) -> Path:
        """The comparison as a table."""
        return self.folder / "scores.csv"

    @property
    def report(self) -> Path:
        """The comparison as a page."""
        return self.folder / "report.html"

    def run(self, method: str) -> Run:
        """Give the run of a method, or of the untrained network."""
        return Run(self.folder / "runs" / method.lower().replace(" ", "-"))

    def baseline(self, name: str) -> Path:
        """Profiles that need no network."""
        return self.folder / "baselines" / f"{name}.parquet"

    def config(self, method: str) -> RunConfig:
        """Give the config of a method's run; the untrained network is the one CDCL begins with."""
        settings = [f"seed={self.seed}", f"device={self.device}"]
        settings += [f"steps={self.steps}"] if self.steps is not None else []
        return load_config(RECIPES.get(method, RECIPES["CDCL"]), settings)


def open_demo(demo: Demo) -> Demo:
    """Begin a demo in a new folder, or go on with the same one.

    Parameters
    ----------
    demo
        Its folder is made if it is not there.

    Returns
    -------
    Demo
        The same.

    Raises
    ------
    RunError
        If the folder holds anything else.
    DiskError
        If it cannot be written.
    """
    card = demo.folder / "demo.json"
    wanted = {"seed": demo.seed, "steps": demo.steps, "screen": demo.screen_config.model_dump(mode="json")}
    if card.exists():
        _check_same(demo.folder, _read_card(card), wanted)
        return demo
    if demo.folder.exists() and (not demo.folder.is_dir() or any(demo.folder.iterdir())):
        raise RunError(f"{demo.folder} already exists and is no demo; choose another folder with {option('out')}.")
    with disk_errors(demo.folder):
        demo.folder.mkdir(parents=True, exist_ok=True)
    write_text(card, json.dumps(wanted, indent=1))
    return demo


def _read_card(card: Path) -> dict[str, object]:
    try:
        return read_json(card, RunError)
    except RunError as error:
        raise RunError(f"{error} Or delete the folder, or choose another with {option('out')}.") from error


def _check_same(folder: Path, found: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    for name, value in wanted.items():
        if found.get(name) == value:
            continue
        held = "a demo of another screen" if name == "screen" else f"a demo of {name} {found.get(name)}, not {value}"
        raise RunError(f"{folder} holds {held}; choose another folder with {option('out')}.")

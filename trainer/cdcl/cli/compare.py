"""`cdcl compare`: which profiles, after which correction, to use for a screen; one page that ends in a sentence."""

from __future__ import annotations

import hashlib
import itertools
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from cdcl.classical import Objects, classical_profiles
from cdcl.cli.embed_public import into_run
from cdcl.cli.progress import run_task
from cdcl.cli.sources import read_and_report, screen_of
from cdcl.cli.streams import show
from cdcl.cli.tables import fold
from cdcl.cli.titles import once, titles_of
from cdcl.errors import CDCLError, ProfilesError
from cdcl.events import Warned, Wrote
from cdcl.metrics.bakeoff import CHAINS, bake_off
from cdcl.metrics.labels import is_treated
from cdcl.metrics.sweep import chosen_corrections
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.pixels.decoding import fingerprint_images
from cdcl.profiles import aggregate, read_profiles, write_profiles
from cdcl.profiles.alignment import same_wells
from cdcl.profiles.baselines import noise_profiles, standardise_features, table_baselines
from cdcl.profiles.run_baselines import INTENSITIES, describe_intensities
from cdcl.profiles.sources import left_out, open_profiles
from cdcl.report.bakeoff import write_bakeoff
from cdcl.report.bakeoff_words import conclude
from cdcl.runs import Run, find_run
from cdcl.runs.settings import settings_if_any
from cdcl.screen.plates import well_keys
from cdcl.wording import option, verb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.report.bakeoff_words import Conclusion
    from cdcl.screen import Screen
    from cdcl.tasks import Task

NOISE, CLASSICAL = "noise", "classical features"
_FLOORS = ("batch and position", "cell count")
_OWN = (NOISE, CLASSICAL, INTENSITIES, *_FLOORS)
"""What a page of comparison calls so; a file of that name is called by its folder too."""

_WIDTH = 100
"""Characters of a line: a terminal's 80 to 120."""

_FEWEST = 10
"""Wells that no run was trained on, below which all wells are asked."""


def perform(args: Namespace) -> None:
    """Compare all that there is for a screen, write the page, and print how it ends."""
    args.chains = chosen_corrections(",".join(CHAINS) if args.chains is None else args.chains)
    end = run_task(_compare(args), args)
    if not args.events:
        show("\n".join(fold(text, _WIDTH) for text in (end.use, end.sure, end.cannot) if text))


def _compare(args: Namespace) -> Task[Conclusion]:
    folder = args.out or Path("compare")
    if folder.exists() and not folder.is_dir():
        raise ProfilesError(f"{folder} is a file, and a comparison is a folder; name another with {option('out')}.")
    gathered = yield from _gather(args, folder)
    candidates, note = same_wells(gathered.found)
    if note:
        yield Warned(note)
    wells = next(iter(candidates.values()))
    candidates = {**candidates, **_floors(wells)}
    asked, warnings = _unseen(wells, gathered)
    warnings += gathered.alike()
    for warning in warnings:
        yield Warned(warning)
    warnings += gathered.absent  # told when it was found; the page keeps it
    compared = yield from bake_off(candidates, args.chains, asked, nulls=args.nulls)
    folder.mkdir(parents=True, exist_ok=True)
    page = write_bakeoff(
        compared, folder, f"Which profiles for {args.screen.resolve().name}?", gathered.seconds, warnings
    )
    yield Wrote("comparison", str(page))
    return conclude(compared, warnings)


@dataclass
class _Gathered:
    """Profiles by name, the seconds that making them took here, and the names of networks that were trained."""

    found: dict[str, Profiles] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    trained: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    def lacks(self, why: str) -> Warned:
        """Keep what took no part for the page, and give the warning."""
        self.absent.append(why)
        return Warned(why)

    def alike(self) -> list[str]:
        """Name profiles that are equal to others in every value: as rivals they leave open which is best."""
        pairs = itertools.combinations(self.found.items(), 2)
        return [
            f"{one} and {other} are equal in every value: they are one, and neither can be ahead."
            for (one, mine), (other, theirs) in pairs
            if np.array_equal(mine.values, theirs.values)
        ]

    def add(self, name: str, profiles: Profiles, *, seconds: float = 0.0, trained: bool = False) -> None:
        """Add profiles under a name that is not taken yet."""
        further = (f"{name} ({number})" for number in itertools.count(2))
        title = next(title for title in itertools.chain([name], further) if title not in self.found)
        self.found[title] = profiles
        self.seconds[title] = seconds
        self.trained += [title] * trained


def _gather(args: Namespace, folder: Path) -> Task[_Gathered]:
    own = find_run(args.screen)
    screen = screen_of(own) if own is not None else (yield from read_and_report(args.screen))
    if "treatment" not in screen.sites:
        raise ProfilesError(
            f"{args.screen} has no column treatment, by which profiles are compared; join a plate map that names "
            f"treatments with {verb('scan IMAGES --metadata MAP -o SCREEN')}."
        )
    gathered = _Gathered()
    yield from _add_intensities(gathered, screen, args.cache)
    made = folder / "made" / (yield from _digest(screen)) if args.classical or args.model else folder
    if args.classical:
        yield from _add_classical(gathered, screen, args.cache, made / "classical.parquet")
    runs = [*([args.screen] if own is not None and own.profiles("site").exists() else []), *args.run]
    sources = yield from once([*runs, *args.profiles])
    for title, source in zip(titles_of(sources, _OWN), sources, strict=True):
        profiles, run = open_profiles(source)
        yield from left_out(profiles)
        trained = run is not None and bool(settings_if_any(run).get("steps", 1))
        gathered.add(title, profiles, trained=trained)
    for name in args.model:
        start = perf_counter()
        frozen = yield from _frozen(args, name, made / "frozen" / _network_folder(name, args.channels), gathered)
        if frozen is not None:
            gathered.add(f"{Path(name).name}, frozen", frozen, seconds=perf_counter() - start)
    return gathered


def _add_intensities(gathered: _Gathered, screen: Screen, cache: Path | None) -> Task[None]:
    """Put first what bears the screen's own labels: intensities, or noise where no image can be read."""
    start = perf_counter()
    try:
        described = yield from describe_intensities(screen, cache)
        gathered.add(INTENSITIES, aggregate(described, "well"), seconds=perf_counter() - start)
    except CDCLError as reason:
        yield gathered.lacks(f"no intensity statistics: {reason}")
        gathered.add(NOISE, aggregate(noise_profiles(screen.sites), "well"))


def _digest(screen: Screen) -> Task[str]:
    """Name the images of a screen and where they lie, so that what was made of others is never taken for its own."""
    prints = yield from fingerprint_images(screen.image_files(), workers=2)
    digest = hashlib.sha1(prints.tobytes(), usedforsecurity=False)
    digest.update("\n".join(well_keys(screen.sites).astype(str)).encode())
    return digest.hexdigest()[:12]


def _add_classical(gathered: _Gathered, screen: Screen, cache_folder: Path | None, kept: Path) -> Task[None]:
    """Measure nuclei and cells, once; where that cannot be, it is told, and the others still come."""
    start = perf_counter()
    try:
        if not kept.exists():
            cache = yield from fill_cache(screen, cache_folder or default_cache_folder())
            measured = yield from classical_profiles(screen, cache, Objects())
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_profiles(measured, kept)
        wells = aggregate(standardise_features(read_profiles(kept)), "well")
    except CDCLError as reason:
        yield gathered.lacks(f"classical features take no part: {reason}")
        return
    gathered.add(CLASSICAL, wells, seconds=perf_counter() - start)


def _network_folder(name: str, channels: str) -> str:
    """Name the folder of a frozen network: another file of that name, or other channels, have a folder of their own."""
    path = Path(name)
    told = [channels]
    if path.exists():
        seen = path.stat()
        told += [str(path.resolve()), str(seen.st_size), str(seen.st_mtime_ns)]
    if not any(told):
        return path.name
    digest = hashlib.sha1("\n".join(told).encode(), usedforsecurity=False).hexdigest()
    return f"{path.name}-{digest[:8]}"


def _frozen(args: Namespace, name: str, folder: Path, gathered: _Gathered) -> Task[Profiles | None]:
    """Embed the screen with a public network, once; what cannot be had is told, and the others still come."""
    run = Run(folder)
    if not run.profiles("site").exists():
        own = find_run(args.screen)
        wish = Namespace(
            network=name, known_as="", channels=args.channels, accept_licence=args.accept_licence, heads=None, set=[],
            screen=args.screen if own is None else own.screen, model=None, out=folder, level=None, best=False,
            cells=None, device=args.device, cache=args.cache, probe_blocks=False,
        )  # fmt: skip
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            yield from into_run(wish, folder)
        except CDCLError as reason:
            yield gathered.lacks(f"{name} takes no part: {reason}")
            return None
    return open_profiles(folder)[0]


def _floors(wells: Profiles) -> dict[str, Profiles]:
    return {NOISE: noise_profiles(wells.table, level="well")} | {
        name: floor for name, floor in table_baselines(wells).items() if name in _FLOORS
    }


def _unseen(wells: Profiles, gathered: _Gathered) -> tuple[NDArray[np.bool_], list[str]]:
    """Give the wells that may be asked, and what to say of networks that were trained on them."""
    treated = is_treated(wells)
    asked = treated.copy()
    for name in gathered.trained:
        asked &= _held_out(gathered.found[name], wells)
    if not gathered.trained:
        return treated, []
    if asked.sum() >= _FEWEST:
        of = f"{int(asked.sum())} of {int(treated.sum())} treated wells are asked"
        return asked, [f"{of}: those that no run was trained on; the others answer."]
    were = "was" if len(gathered.trained) == 1 else "were"
    told = (
        f"{', '.join(gathered.trained)} {were} trained on the wells that are asked: how well new ones are told is open."
    )
    return treated, [told]


def _held_out(profiles: Profiles, wells: Profiles) -> NDArray[np.bool_]:
    """Tell the wells that a run held out (split 'test'), shape (N,)."""
    if "split" not in profiles.table:
        return np.zeros(len(wells), dtype=bool)
    unseen = well_keys(profiles.table)[(profiles.table["split"] == "test").to_numpy(dtype=bool)]
    found: NDArray[np.bool_] = well_keys(wells.table).isin(set(unseen)).to_numpy(dtype=bool)
    return found

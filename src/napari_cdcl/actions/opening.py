"""Open a screen or a run, and choose which of its profiles are explored."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from cdcl.errors import CDCLError, ProfilesError, RunError, unknown_name
from cdcl.profiles import check
from cdcl.profiles.identity import MADE_OF, identity
from cdcl.projections import read_projection
from cdcl.readers import read_screen
from cdcl.runs import Run
from cdcl.scatter import find_corners, name_axes
from napari_cdcl.actions.annotations import with_annotations
from napari_cdcl.actions.relocation import lost_folder
from napari_cdcl.actions.run_columns import same_rows, with_archetypes, with_clusters, with_phenotypes
from napari_cdcl.actions.run_profiles import RunProfiles, list_run_profiles, read_run_profiles
from napari_cdcl.actions.window_state import read_state, restored, save_state
from napari_cdcl.models.counting import counted
from napari_cdcl.models.items import Items
from napari_cdcl.models.messages import Message, Offer
from napari_cdcl.models.window_words import words_of
from napari_cdcl.preferences import read_preferences

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.projections import Projection
    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session

EMBED = "Embed it in the Runs panel to explore them."


@dataclass(frozen=True)
class Opened:
    """What was read from disk and is ready to be shown.

    Attributes
    ----------
    items
        The profiles to explore; None shows the fields themselves.
    state
        What the window looked like when the run was last open.
    notes
        What the user should know, a line each.
    lost
        Where the images of the screen were, if they are not there any more.
    """

    screen: Screen
    run: Run | None = None
    items: Items | None = None
    state: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    lost: Path | None = None


def open_source(session: Session, path: Path) -> None:
    """Open anything `cdcl scan` understands, or a run folder.

    Raises
    ------
    CDCLError
        If it is neither; nothing has changed then.
    """
    show_opened(session, read_source(path))


def read_source(path: Path, entry: str = "") -> Opened:
    """Read a screen or a run without changing anything; it may run in any thread.

    Parameters
    ----------
    entry
        The key of the profiles to explore; by default the last ones, else the finest that are quick to read.

    Raises
    ------
    CDCLError
        If it is neither a screen nor a run.
    """
    path = path.parent if path.name == "config.toml" else path
    run = Run(path)
    if not run.config.is_file():
        screen = read_screen(path)
        return Opened(screen, lost=lost_folder(screen))
    if not run.screen.is_file():
        raise RunError(f"{path} has no {run.screen.name} yet: it has just begun; open its screen, or the run later.")
    screen, entries = read_screen_of(run), list_run_profiles(run)
    lost = lost_folder(screen)
    state = read_state(run)
    if not entries:
        note = f"Run “{path.name}” has no profiles yet; fields are shown. {EMBED}"
        return Opened(screen, run, notes=(note,), lost=lost)
    wanted = entry or state.get("profiles")
    chosen = next((one for one in entries if one.key == wanted), _first_choice(entries))
    try:
        items = read_items(run, screen, chosen)
        return Opened(screen, run, items, state, items.notes, lost)
    except CDCLError as error:
        return Opened(screen, run, notes=(words_of(error),), lost=lost)


def read_screen_of(run: Run) -> Screen:
    """Read a run's screen; while somebody shows it, and the file is as it was, it is the same object.

    So what is shown of it can stay when the run is opened again, as after each embedding.

    Raises
    ------
    ScreenError
        If it cannot be read.
    """
    key = (run.screen.resolve(), run.screen.stat().st_mtime_ns)
    screen = _SHOWN.get(key)
    if screen is None:
        screen = _SHOWN[key] = read_screen(run.screen)
    return screen


_SHOWN: WeakValueDictionary[tuple[Path, int], Screen] = WeakValueDictionary()


def show_opened(session: Session, opened: Opened) -> None:
    """Show what was read, in one step; how the window looked with the run that was open is kept with that."""
    try:
        save_state(session)
    except CDCLError as error:
        session.told.emit(words_of(error))
    after = session.state.opened(opened.screen, opened.run, opened.items)
    if session.screen is not opened.screen:
        after = replace(after, scope=read_preferences().contrast)
    again = session.screen is opened.screen
    session.become(restored(after, opened.state))
    if again:
        session.screen_reopened.emit(opened.screen)
    if opened.lost is not None:
        session.images_lost.emit(opened)
    else:
        told = " ".join([describe_opened(session, opened), *opened.notes])
        next_one = "Runs" if any(EMBED in note for note in opened.notes) else "Explore"
        session.told.emit(Message(told, panel_offer(session, next_one)))


def panel_offer(session: Session, name: str) -> Offer:
    """Offer to show a panel, by its name in napari's menu."""
    show = partial(session.panel_wanted.emit, name)
    return Offer(f"Show {name}", show, f"Open the {name} panel, or bring it up.", name)


def describe_opened(session: Session, opened: Opened) -> str:
    """Say in a line what is open now."""
    name = f"run “{opened.run.folder.name}”" if opened.run else f"{opened.screen.folder.resolve().name}"
    items = session.items
    fields = counted(len(opened.screen), "fields")
    profiles = "" if items is None or items.values is None else f"; {counted(len(items), items.title)}"
    return f"Opened {name}: {fields}{profiles}."


def read_items(run: Run, screen: Screen, entry: RunProfiles | str) -> Items:
    """Read profiles of a run with the projections that were made of them; it may run in any thread.

    Raises
    ------
    ProfilesError
        If there are no such profiles, or they cannot be read.
    """
    if isinstance(entry, str):
        known = {one.key: one for one in list_run_profiles(run)}
        if entry not in known:
            raise ProfilesError(unknown_name("profiles", entry, known))
        entry = known[entry]
    profiles = check(read_run_profiles(entry), str(entry.path))
    found = _read_projections(run, entry, profiles)
    points = {method: projection.points for method, projection in found.items()}
    axes = {method: name_axes(method, projection.parameters) for method, projection in found.items()}
    corners = {method: find_corners(projection.parameters) for method, projection in found.items()}
    items = Items.of_profiles(profiles, screen, points, entry.title)
    table = with_archetypes(with_annotations(items.table, items.level, run), entry.key, run)
    table = with_phenotypes(with_clusters(table, entry.key, run), entry.key, run)
    return replace(items, table=table, axes=axes, corners=corners, key=entry.key)


def projection_file(run: Run, method: str, entry: RunProfiles) -> Path:
    """Give the file of a projection: `umap.parquet` of the finest profiles, `umap@well.parquet` of others."""
    first = next(iter(list_run_profiles(run)), entry)
    return run.projection(method if entry.key == first.key else f"{method}@{entry.key}")


def _first_choice(entries: list[RunProfiles]) -> RunProfiles:
    """Choose the finest profiles, but fields where there are very many cells."""
    most = read_preferences().cells_mb * 1_000_000
    quick = [one for one in entries if one.level != "cell" or one.path.stat().st_size <= most]
    return quick[0] if quick else entries[0]


def _read_projections(run: Run, entry: RunProfiles, profiles: Profiles) -> dict[str, Projection]:
    """Read those projections that are made of these profiles, UMAP first; damaged ones are passed over."""
    folder = run.projection("any").parent
    found: dict[str, Projection] = {}
    own = identity(profiles)
    for path in sorted(folder.glob("*.parquet")) if folder.is_dir() else ():
        method, _, of = path.stem.partition("@")
        if of and of != entry.key:
            continue
        try:
            projection = read_projection(path)
        except CDCLError:
            continue
        level = projection.parameters.get("level", profiles.level)
        if projection.parameters.get(MADE_OF, own) != own:
            continue
        if (not of and "@" in entry.key) or level != profiles.level or not same_rows(projection.table, profiles.table):
            continue
        found[method] = projection
    return dict(sorted(found.items(), key=lambda item: item[0] != "umap"))

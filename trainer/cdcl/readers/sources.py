"""Find out how the screen lies that the user points at, and read it by its layout."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError, unknown_name
from cdcl.images.remote import is_remote
from cdcl.pixels.cache import default_cache_folder
from cdcl.readers.buckets import copy_tables
from cdcl.readers.choosing import Choice
from cdcl.readers.extent import Extent, measure_extent
from cdcl.readers.folding import fold, has_planes_twice
from cdcl.readers.instruments.operetta import INDEX_NAMES
from cdcl.readers.layouts import LAYOUTS, recognise
from cdcl.readers.metadata.batches import assign_batches, batches_of_planes
from cdcl.readers.metadata.platemap import join_platemap
from cdcl.readers.pattern import read_pattern
from cdcl.readers.spelling import spelled_paths
from cdcl.readers.stacks import open_stacks
from cdcl.readers.tables.fields import chosen_channels, whole_fields, without_masks
from cdcl.readers.tables.layouts import READERS, TABLE_NAMES, first_table, loaddata_tables
from cdcl.readers.unknown import UnknownTableError, unknown_layout
from cdcl.readers.walking import Tree, walk
from cdcl.screen.assembly import assemble
from cdcl.screen.columns import interpret
from cdcl.screen.tables import image_folder, is_table
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from cdcl.images.reduction import Reduction
    from cdcl.readers.planes import Planes
    from cdcl.readers.remapping import Remap
    from cdcl.screen import Screen


__all__ = ["TABLE_NAMES", "Request", "Scan", "read_screen", "scan_source"]


_TELLING = ("gallery", "bbbc021")
"""Layouts whose readers give tables in our words, with notes on what was made of them."""


@dataclass(frozen=True)
class Request:
    """What a user may say of a source.

    Attributes
    ----------
    layout
        A name from `READERS` or `LAYOUTS`, where it is not to be guessed.
    metadata
        A platemap to join on plate and well, or on well.
    pattern
        File names with parts in braces (`cdcl.readers.pattern`), instead of a layout.
    batches
        How to tell the batches: a way of `cdcl.readers.metadata.batches.WAYS`, or a column.
    choice
        Of z, time point and channels.
    reduction
        How much smaller images are to be read than they lie on disk.
    remaps
        Prefixes of paths and URLs in a table, and what stands in their place here (`cdcl.readers.remapping`).
    """

    layout: str | None = None
    metadata: Path | None = None
    pattern: str | None = None
    batches: str | None = None
    choice: Choice = field(default_factory=Choice)
    remaps: tuple[Remap, ...] = ()
    reduction: Reduction | None = None


@dataclass(frozen=True)
class Scan:
    """A screen, the name of its layout, how large it is, and remarks on what was chosen, missing or odd.

    `columns` says in one line which column was taken for what, "" where all have our names.

    Attributes
    ----------
    screen
        As read.
    layout
        Name of its layout, a key of `READERS` or `LAYOUTS`.
    extent
        How many plates, wells, fields and planes there are.
    notes
        What was chosen, missing or odd, one line each.
    columns
        In one line which column was taken for what; "" where all have our names.
    """

    screen: Screen
    layout: str
    extent: Extent
    notes: tuple[str, ...]
    columns: str = ""


@dataclass(frozen=True)
class _Found:
    sites: pd.DataFrame
    layout: str
    source: Path
    folder: Path
    notes: tuple[str, ...] = ()
    extent: Extent | None = None
    batched: bool = False


def read_screen(source: Path, *, layout: str | None = None, metadata: Path | None = None) -> Screen:
    """Read the screen at `source`: a table, a folder with one in it, or a microscope's export.

    Parameters
    ----------
    layout
        A name from `READERS` or `LAYOUTS`, where the layout is not to be guessed.
    metadata
        A platemap to join on plate and well, or on well.

    Raises
    ------
    ScreenError
        If nothing is recognised, or the table contradicts itself.
    """
    return scan_source(source, Request(layout, metadata)).screen


def scan_source(source: Path, request: Request | None = None) -> Scan:
    """Read a screen, with all that its user should know of it.

    Parameters
    ----------
    source
        A table, a folder with one in it, a microscope's export, or the URL of tables in a bucket.
    request
        What the user says of it; by default all is guessed.

    Returns
    -------
    Scan
        The screen with its layout, its extent, and remarks on what was chosen, missing or odd.

    Raises
    ------
    ScreenError
        If nothing is recognised, the layout that is asked for is unknown, or the table contradicts itself.
    ImageError
        If a bucket cannot be reached, or the package for buckets is not installed.
    """
    request = request or Request()
    layouts = {*READERS, *LAYOUTS}
    if request.layout is not None and request.layout not in layouts:
        raise ScreenError(unknown_name("layout", request.layout, layouts))
    if is_remote(source):
        source = copy_tables(source, default_cache_folder() / "buckets")
    if not source.exists():
        raise ScreenError(f"there is no file or folder {source}.")
    found = _find(source, request)
    known = interpret(found.sites)
    # Where a reader joined maps, it told of their cells, by wells: told by fields, each came again with another count.
    sites, notes = known.table, (*found.notes, *(() if found.layout in _TELLING else known.notes))
    if request.metadata is not None:
        joined = join_platemap(sites, request.metadata)
        sites, notes = joined.sites, (*notes, *joined.notes)
    screen = assemble(sites, source=found.source, folder=found.folder)
    if request.batches is not None and not found.batched:
        screen = assign_batches(screen, request.batches)
    if request.reduction is not None:
        screen = screen.reduced(request.reduction)
    extent = found.extent or measure_extent(screen.sites, channels=len(screen.channels))
    return Scan(screen, found.layout, extent, tuple(dict.fromkeys(notes)), known.columns())


def _find(source: Path, request: Request) -> _Found:
    if source.is_file() and not _is_index(source):
        if request.pattern is not None or request.layout in LAYOUTS:
            raise ScreenError(f"{source} is a file; a pattern or layout of images wants their folder.")
        found, seen = _first_table([[source]], request)
        return found or _refuse(source, seen, request)
    root = source.parent if source.is_file() else source
    if request.pattern is not None:
        tree = walk(root)
        return _fold(read_pattern(request.pattern, tree), "pattern", tree, request)
    return _find_in_folder(root, request)


def _find_in_folder(root: Path, request: Request) -> _Found:
    """Try tables of known names, then LoadData tables, then layouts, then any other table."""
    named = [[root / name] for name in TABLE_NAMES if (root / name).is_file()]
    found, seen = _first_table(named, request)
    if found:
        return found
    tree = walk(root)
    found, more = _first_table(loaddata_tables(tree), request)
    name = request.layout if request.layout in LAYOUTS else None if request.layout else recognise(tree)
    if not found and name is not None:
        if not LAYOUTS[name].claim(tree):
            raise _unknown(tree, [*seen, *more], request)
        return _fold(_read_layout(name, tree), name, tree, request)
    others = [] if found else [[root / file] for file in tree.files if "/" not in file and _may_be_screen(file)]
    last: list[str] = []
    if not found:
        found, last = _first_table(others, request)
    if not found:
        raise _unknown(tree, [*seen, *more, *last], request)
    return found


def _read_layout(name: str, tree: Tree) -> Planes:
    """Read a tree by a layout; a Python error in a reader means that the metadata are damaged."""
    try:
        return LAYOUTS[name].read(tree)
    except ScreenError:
        raise
    except (ArithmeticError, LookupError, ValueError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:120]
        raise ScreenError(f"{tree.root} cannot be read as {name} ({reason}); its metadata are damaged.") from error


def _first_table(groups: Iterable[list[Path]], request: Request) -> tuple[_Found | None, list[str]]:
    """Read the first group of tables that a reader fits, and say what the others hold."""
    if request.layout is not None and request.layout not in READERS:
        return None, []
    found, seen = first_table(groups, request.layout, request.remaps)
    if found is None:
        return None, seen
    if request.choice.z or request.choice.t:
        raise ScreenError(
            f"{found.path} is a table and names its own planes; {option('z')} and {option('t')} are for images."
        )
    sites, notes = found.sites, list(found.notes)
    if not request.choice.channels:
        sites = without_masks(sites, notes)
    else:
        sites = chosen_channels(sites, request.choice.channels, found.path)
    folder = image_folder(found.path)
    sites = spelled_paths(whole_fields(sites, notes), folder, notes)
    return _Found(sites, found.layout, found.path, folder, tuple(notes)), seen


def _fold(planes: Planes, name: str, tree: Tree, request: Request) -> _Found:
    if request.remaps:
        raise ScreenError(
            f"{tree.root} is read by its files; {option('remap')} is for tables that name files elsewhere."
        )
    planes, batched = _with_batches(planes, request.batches)
    folded = fold(*open_stacks(planes, tree.root, request.choice))
    return _Found(folded.sites, name, tree.root, tree.root, (*tree.notes, *folded.notes), folded.extent, batched)


def _with_batches(planes: Planes, way: str | None) -> tuple[Planes, bool]:
    """Tell plates of one name in several batches apart before they are folded; gives whether that was done."""
    if way is None or "batch" in planes.table or not has_planes_twice(planes.table):
        return planes, False
    names = batches_of_planes(planes.table, way)
    if names is None:
        return planes, False
    return replace(planes, table=planes.table.assign(batch=names)), True


def _may_be_screen(file: str) -> bool:
    return is_table(PurePath(file)) and not file.lower().endswith(".txt") and file not in TABLE_NAMES


def _is_index(source: Path) -> bool:
    return source.name.lower() in INDEX_NAMES or source.name.lower().endswith((".mlf", ".companion.ome", ".htd"))


def _unknown(tree: Tree, seen: list[str], request: Request) -> ScreenError:
    expects = {name: reader.expects for name, reader in READERS.items()}
    expects |= {name: layout.expects for name, layout in LAYOUTS.items()}
    if request.layout is not None:
        return ScreenError(f"{tree.root} is not laid out as {request.layout}: expected {expects[request.layout]}.")
    return unknown_layout(tree, expects, seen)


def _refuse(source: Path, seen: list[str], request: Request) -> _Found:
    names = [request.layout] if request.layout else [name for name in READERS if name in ("loaddata", "table")]
    expected = "; or ".join(f"{name}: {READERS[name].expects}" for name in names)
    raise UnknownTableError(f"{source} is no screen that cdcl knows. Seen: {'; '.join(seen)}. Expected {expected}.")

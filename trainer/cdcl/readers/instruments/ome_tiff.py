"""Plates of OME-TIFF files, whose XML says which page of which file is which plane of which well.

A page is found by `TiffData` (IFD, FirstC, FirstZ, FirstT, PlaneCount, UUID FileName); what it leaves out counts up in
the order of the dimensions.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from cdcl.bounded import read_bytes
from cdcl.errors import CDCLError, ScreenError
from cdcl.images.claims import HEADER_BYTES, MOST_PLANES, check_ome, opened_tiff
from cdcl.images.formats import DECODER_ERRORS
from cdcl.images.references import plane_reference
from cdcl.images.xml import Element, parse_text
from cdcl.readers.filenames import plate_folder
from cdcl.readers.planes import Planes, keep_present, make_planes, micrometres
from cdcl.screen.plates import well_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdcl.readers.walking import Tree

SUFFIXES = (".ome.tif", ".ome.tiff", ".companion.ome")

_MICROMETRES = {"nm": 1e-3, "µm": 1.0, "mm": 1e3, "m": 1e6}


class _Page(NamedTuple):
    file: str
    page: int
    channel: int
    z: int
    t: int


class OmeTiff:
    """OME-TIFF files with a Plate in their metadata."""

    expects = "OME-TIFF files (or a .companion.ome) whose metadata describe a plate with wells"

    def claim(self, tree: Tree) -> int:
        """Count the OME-TIFF files, if the first of them describes a plate."""
        files = tree.ending(*SUFFIXES)
        return len(files) if files and _document(tree, _first(files)).find("Plate") else 0

    def read(self, tree: Tree) -> Planes:
        """Give the planes of all wells; a file that another one describes is not opened."""
        rows: list[dict[str, object]] = []
        described: set[str] = set()
        files = tree.ending(*SUFFIXES)
        for file in sorted(files, key=lambda file: not file.lower().endswith(".companion.ome")):
            if file not in described:
                described.add(file)
                rows += _rows(tree, file, described)
        return keep_present(make_planes(rows, tree.root, ordered=True), tree, "the OME metadata")


def _first(files: list[str]) -> str:
    return next((file for file in files if file.lower().endswith(".companion.ome")), files[0])


def _document(tree: Tree, file: str) -> Element:
    path = tree.root / file
    try:
        if file.lower().endswith(".companion.ome"):
            content = read_bytes(path, ScreenError, HEADER_BYTES)
            check_ome(content, path)
            text = content.decode("utf-8-sig", "replace")
        else:
            with opened_tiff(path) as tiff:
                text = tiff.ome_metadata or ""
    except CDCLError as error:
        raise ScreenError(str(error)) from error
    except DECODER_ERRORS as error:
        reason = " ".join(str(error).split())[:120]
        raise ScreenError(f"{path} cannot be read ({reason}); copy it again, or move it away.") from error
    return parse_text(text, path) if text else Element("OME", {})


def _rows(tree: Tree, file: str, described: set[str]) -> Iterator[dict[str, object]]:
    document = _document(tree, file)
    images = {image.attributes.get("ID", ""): image for image in document.all("Image")}
    for plate in document.all("Plate"):
        name = plate.attributes.get("Name") or plate_folder(file, tree)
        for well in plate.all("Well"):
            for site, sample in enumerate(well.all("WellSample"), start=1):
                reference = sample.find("ImageRef")
                image = images.get(reference.attributes.get("ID", "")) if reference else None
                pixels = image.find("Pixels") if image else None
                if pixels is None:
                    continue
                place = {"plate": name, "well": _well(well, tree.root / file), "site": str(site)}
                for page in _pages(pixels, file):
                    described.add(page.file)
                    yield {**place, **_plane(page, pixels)}


def _well(well: Element, path: object) -> str:
    try:
        return well_name(int(well.attributes["Row"]) + 1, int(well.attributes["Column"]) + 1)
    except (KeyError, ValueError) as error:
        raise ScreenError(f"{path}: a well of the OME metadata has no Row and Column.") from error


def _plane(page: _Page, pixels: Element) -> dict[str, object]:
    names = [channel.attributes.get("Name", "") for channel in pixels.all("Channel")]
    named = len(set(names)) == len(names) and page.channel < len(names) and names[page.channel]
    width = pixels.attributes.get("PhysicalSizeX", "")
    unit = _MICROMETRES.get(pixels.attributes.get("PhysicalSizeXUnit", "µm"))
    return {
        "channel": names[page.channel].replace(";", ",") if named else f"channel_{page.channel + 1}",
        "z": str(page.z),
        "t": str(page.t),
        "path": plane_reference(page.file, page.page),
        "pixel_size": micrometres(width, unit) if unit else "",
    }


def _pages(pixels: Element, file: str) -> Iterator[_Page]:
    sizes = {axis: int(pixels.attributes.get(f"Size{axis}", "1")) for axis in "ZCT"}
    order = [axis for axis in pixels.attributes.get("DimensionOrder", "XYZCT") if axis in sizes]
    total = sizes["Z"] * sizes["C"] * sizes["T"]
    if len(order) < len(sizes) or not 0 < total <= MOST_PLANES:
        raise ScreenError(f"{file}: its OME metadata tell {total} planes in the order {''.join(order)}; mend them.")
    folder = PurePosixPath(file).parent
    for block in pixels.all("TiffData") or [Element("TiffData", {})]:
        values = block.attributes
        uuid = block.find("UUID")
        name = uuid.attributes.get("FileName") if uuid else None
        where = str(folder / name.replace("\\", "/")) if name else file
        first = {axis: int(values.get(f"First{axis}", "0")) for axis in "ZCT"}
        start = first[order[0]] + sizes[order[0]] * (first[order[1]] + sizes[order[1]] * first[order[2]])
        # A block that says nothing is the whole file; one that gives a page or a place is one plane.
        count = int(values.get("PlaneCount", "1" if set(values) - {"PlaneCount"} or uuid else str(total)))
        for step in range(min(count, total - start)):
            rest, fast = divmod(start + step, sizes[order[0]])
            slow, middle = divmod(rest, sizes[order[1]])
            at = dict(zip(order, (fast, middle, slow), strict=True))
            yield _Page(where, int(values.get("IFD", "0")) + step, at["C"], at["Z"], at["T"])

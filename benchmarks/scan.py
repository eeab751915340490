"""Opening a table of a million fields, and scanning a hundred thousand files, each in a process of its own.

    python benchmarks/scan.py [--rows 1000000] [--files 100000]

Memory is the peak of the whole process, libraries included (Linux only). Seconds pass while others use the machine too;
those of the processor are this process's own. The files are empty: a scan opens no image. They are listed
once before, so that the folder is in the system's memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from machine import describe_machine, write_result

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANNELS = ("DNA", "ER", "RNA", "AGP", "Mito")
SITES, WELLS = 9, 384

# Run by a fresh interpreter: what is measured is one reading and its own memory.
MEASURE = """
import sys, time
from pathlib import Path
from cdcl.readers import Request, describe, scan_source
source, layout, described = Path(sys.argv[1]), sys.argv[2] or None, sys.argv[3] == "described"
began, start = time.perf_counter(), time.process_time()
scan = scan_source(source, Request(layout=layout))
lines = describe(scan.screen).lines() if described else []
seconds, processor = time.perf_counter() - began, time.process_time() - start
status = Path("/proc/self/status").read_text()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
print(seconds, processor, peak * 1024, len(scan.screen))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=100_000)
    arguments = parser.parse_args()
    lines = ["| what | rows | seconds | processor, s | peak memory, GB |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as place:
        lines += list(tables(Path(place), arguments.rows))
        lines += list(folders(Path(place), arguments.files))
    load = f"Load average at the end: {os.getloadavg()[0]:.1f}."
    write_result("scan", "\n".join([*lines, "", f"{describe_machine()} {load}"]))


def tables(folder: Path, num_rows: int) -> Iterator[str]:
    """Open one table as parquet and as CSV, with one path a channel and with one path a field."""
    table = make_table(num_rows)
    narrow = table.drop(columns=[f"path_{name}" for name in CHANNELS]).assign(
        path=table["path_DNA"], channel_names=";".join(CHANNELS)
    )
    for what, content in (("five path columns", table), ("one path column", narrow)):
        for suffix in ("parquet", "csv"):
            path = folder / f"screen.{suffix}"
            content.to_parquet(path) if suffix == "parquet" else content.to_csv(path, index=False)
            yield measure(path, f"open a table, {suffix}, {what}")
            path.unlink()


def make_table(num_rows: int) -> pd.DataFrame:
    row = np.arange(num_rows)
    well, plate = row // SITES % WELLS, row // (SITES * WELLS)
    wells = [f"{chr(65 + number // 24)}{number % 24 + 1:02d}" for number in range(WELLS)]
    columns = {
        "batch": [f"2020_11_{1 + number // 30:02d}_Batch" for number in plate],
        "plate": [f"BR00{116000 + number}" for number in plate],
        "well": np.array(wells)[well],
        "site": (row % SITES + 1).astype(str),
        "treatment": [f"compound-{number % 1000}@5" for number in well + plate],
        "control": np.where(well % 20 == 0, "negative", ""),
    }
    for number, name in enumerate(CHANNELS, start=1):
        columns[f"path_{name}"] = [
            f"images/BR00{116000 + p}/Images/r{w // 24 + 1:02d}c{w % 24 + 1:02d}f{r % SITES + 1:02d}p01-ch{number}.tiff"
            for r, w, p in zip(row, well, plate, strict=True)
        ]
    return pd.DataFrame(columns)


def folders(place: Path, num_files: int) -> Iterator[str]:
    """Scan folders of empty files in four layouts, with the report and its look for missing files."""
    for name, make in (
        ("imagexpress", imagexpress),
        ("incell", incell),
        ("harmony", harmony),
        ("cellvoyager", voyager),
    ):
        folder = place / name
        make(folder, num_files)
        list(folder.rglob("*"))
        yield measure(folder, f"scan a folder and report, {name}, {num_files} files", described=True)


def places(num_files: int) -> Iterator[tuple[int, int, int, int]]:
    """Count plate, well, site and channel through so many files."""
    for number in range(num_files):
        rest, channel = divmod(number, len(CHANNELS))
        rest, site = divmod(rest, SITES)
        plate, well = divmod(rest, WELLS)
        yield plate, well, site + 1, channel + 1


def imagexpress(folder: Path, num_files: int) -> None:
    guid = "213F759E-5EA8-47EC-A584-85DF8EC1E280"
    for plate, well, site, channel in places(num_files):
        touch(folder / f"P{plate}" / "2020-11-04" / f"P{plate}_{name_of(well)}_s{site}_w{channel}{guid}.tif")


def incell(folder: Path, num_files: int) -> None:
    for plate, well, site, channel in places(num_files):
        name = name_of(well)
        touch(folder / f"P{plate}" / f"{name[0]} - {int(name[1:])}(fld {site} wv {CHANNELS[channel - 1]}).tif")


def harmony(folder: Path, num_files: int) -> None:
    images: dict[int, list[str]] = {}
    for plate, well, site, channel in places(num_files):
        row, column = well // 24 + 1, well % 24 + 1
        name = f"r{row:02d}c{column:02d}f{site:02d}p01-ch{channel}sk1fk1fl1.tiff"
        touch(folder / f"P{plate}" / "Images" / name)
        images.setdefault(plate, []).append(
            f"<Image Version='1'><id>{name}</id><State>Ok</State><URL>{name}</URL><Row>{row}</Row><Col>{column}</Col>"
            f"<FieldID>{site}</FieldID><PlaneID>1</PlaneID><TimepointID>0</TimepointID><ChannelID>{channel}</ChannelID>"
            f"<ChannelName>{CHANNELS[channel - 1]}</ChannelName><ImageResolutionX Unit='m'>6E-07</ImageResolutionX>"
            "<PositionX Unit='m'>0.0003</PositionX><PositionY Unit='m'>0.0003</PositionY></Image>"
        )
    for plate, lines in images.items():
        head = f"<Plates><Plate><PlateID>P{plate}</PlateID></Plate></Plates>"
        text = f"<EvaluationInputData>{head}<Images>{''.join(lines)}</Images></EvaluationInputData>"
        (folder / f"P{plate}" / "Images" / "Index.idx.xml").write_text(text, encoding="utf-8")


def voyager(folder: Path, num_files: int) -> None:
    records: dict[int, list[str]] = {}
    for plate, well, site, channel in places(num_files):
        name = f"P{plate}_{name_of(well)}_T0001F{site:03d}L01A01Z01C{channel:02d}.tif"
        touch(folder / f"P{plate}" / name)
        records.setdefault(plate, []).append(
            f'<bts:MeasurementRecord bts:Type="IMG" bts:Column="{well % 24 + 1}" bts:Row="{well // 24 + 1}" '
            f'bts:TimePoint="1" bts:FieldIndex="{site}" bts:ZIndex="1" bts:Ch="{channel}">{name}'
            "</bts:MeasurementRecord>"
        )
    for plate, lines in records.items():
        text = f'<bts:MeasurementData xmlns:bts="urn:bts">{"".join(lines)}</bts:MeasurementData>'
        (folder / f"P{plate}" / "MeasurementData.mlf").write_text(text, encoding="utf-8")


def name_of(well: int) -> str:
    return f"{chr(65 + well // 24)}{well % 24 + 1:02d}"


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def measure(source: Path, what: str, *, described: bool = False) -> str:
    command = [sys.executable, "-c", MEASURE, str(source), "", "described" if described else ""]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, processor, memory, rows = map(float, done.stdout.split())
    return f"| {what} | {rows:.0f} | {seconds:.2f} | {processor:.2f} | {memory / 1e9:.2f} |"


if __name__ == "__main__":
    main()

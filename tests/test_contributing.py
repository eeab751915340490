"""CONTRIBUTING.md is a map: what it names must be there, and what is there must be named."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOUSES = (ROOT / "trainer" / "cdcl", ROOT / "src" / "napari_cdcl", ROOT, ROOT / "trainer" / "cdcl" / "readers")
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def is_there(name: str) -> bool:
    return any((house / name).exists() or (house / f"{name}.py").exists() for house in HOUSES)


def test_every_file_and_folder_it_names_is_there() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("|")]
    named = {name for row in rows for name in re.findall(r"`([a-z_]+(?:/[a-z_]*)+|[a-z_]+\.py)`", row)}
    assert len(named) > 50
    assert [name for name in sorted(named) if not is_there(name)] == []


def test_every_folder_of_both_packages_is_named() -> None:
    folders = [path for house in HOUSES[:2] for path in house.iterdir() if (path / "__init__.py").exists()]
    assert len(folders) > 25
    assert [path.name for path in folders if f"`{path.name}/`" not in TEXT] == []


def test_a_journey_passes_at_most_eight_files_all_of_them_there() -> None:
    section = TEXT[TEXT.index("## Four journeys") : TEXT.index("## How do I add")]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    assert len(rows) == 4
    for row in rows:
        files = re.findall(r"`([a-z_]+(?:/[a-z_]+)+)`", row)
        assert 4 < len(files) <= 8, row
        assert [name for name in files if not any((house / f"{name}.py").is_file() for house in HOUSES[:2])] == []

"""What is said of a file that the window wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def with_formulas(said: str, path: Path) -> str:
    """Add which names of a written table a spreadsheet would compute, as every verb does of what it writes."""
    from cdcl.screen.formulas import formula_note  # brings pandas, which an empty panel does without

    return " ".join(filter(None, [said, formula_note(path)]))

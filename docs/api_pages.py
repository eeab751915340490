"""A hook of MkDocs: below the page of a package stands what the package lists in `__all__`, and no more."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

TRAINER = Path(__file__).parents[1] / "trainer" / "cdcl"


def exports(package: Path) -> dict[str, str]:
    """Give the names that a package lists in `__all__`, each with the module it is imported from."""
    tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
    listed: list[str] = []
    origins = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            origins |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            listed = ast.literal_eval(node.value)
    return {name: origins.get(name, f"cdcl.{package.name}.{name}") for name in listed}


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Add a directive for each export, by its origin, since a function may be named as its module is."""
    folder, _, name = page.file.src_uri.removesuffix(".md").rpartition("/")
    if folder != "api":
        return markdown
    return "\n\n".join([markdown, *(f"::: {origin}" for origin in exports(TRAINER / name).values())])

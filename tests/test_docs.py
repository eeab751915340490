"""Every page of docs/ is in the site, and every package that exports something has a page of its own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS, TRAINER = ROOT / "docs", ROOT / "trainer" / "cdcl"
SITE = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
sys.path.insert(0, str(DOCS))
from api_pages import exports  # noqa: E402


def test_every_page_is_in_the_table_of_contents():
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    named = set(re.findall(r"[\w/-]+\.md", SITE.partition("\nnav:")[2]))
    assert pages == named


def test_every_package_with_exports_has_an_api_page():
    packages = {init.parent.name for init in TRAINER.glob("*/__init__.py") if exports(init.parent)}
    assert packages == {page.stem for page in (DOCS / "api").glob("*.md")}


def test_exports_are_named_by_their_origin():
    assert exports(TRAINER / "metrics")["nsc"] == "cdcl.metrics.nsc.nsc"


def test_a_link_that_leads_nowhere_fails_the_build():
    """MkDocs counts the warnings that it prints: with --quiet a strict build lets every link pass."""
    recipe = re.search(r"(?m)^docs:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert recipe is not None
    assert "mkdocs build --strict" in recipe[1]
    assert "quiet" not in recipe[1]

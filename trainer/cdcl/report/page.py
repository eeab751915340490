"""One self-contained HTML page: no links but within it, no scripts, pictures inside."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from cdcl.atomic import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class PngFigure:
    """A picture in a page.

    Attributes
    ----------
    png
        A PNG file.
    caption
        One sentence that says what is to be seen.
    """

    png: bytes
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes
    ----------
    title
        Its heading.
    text
        Plain text; an empty line begins a new paragraph.
    points
        What matters most, each a word or two in bold and a text.
    figures, tables
        Pictures, and tables in HTML as `cdcl.report.tables` makes them.
    """

    title: str
    text: str = ""
    figures: Sequence[PngFigure] = ()
    tables: Sequence[str] = ()
    points: Sequence[tuple[str, str]] = ()


_STYLE = """
:root { color-scheme: light; --ink: #1f2933; --quiet: #616e7c; --rule: #e4e7eb; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 3rem 1.5rem 5rem; max-width: 76rem; color: var(--ink); background: #fff;
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 2rem; font-weight: 650; letter-spacing: -.02em; line-height: 1.2; margin: 0; }
h2 { font-size: 1.25rem; font-weight: 600; letter-spacing: -.01em; margin: 3rem 0 .5rem; padding-top: 1rem;
  border-top: 1px solid var(--rule); }
p { max-width: 44rem; margin: .5rem 0 1rem; }
header p, .quiet, figcaption { color: var(--quiet); }
figure { margin: 1.5rem 0; }
figure img { max-width: 100%; height: auto; display: block; }
figcaption { font-size: .875rem; max-width: 44rem; margin-top: .5rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--quiet); vertical-align: bottom; }
th, td { padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
td.number { text-align: right; }
.whole { white-space: nowrap; } .metric { min-width: 12rem; max-width: 17rem; }
details summary { cursor: pointer; } details { max-width: 17rem; }
ul.quiet, p.quiet { font-size: .875rem; }
svg { display: block; margin-top: .2rem; }
.track { fill: var(--rule); } .bar { fill: var(--accent); opacity: .75; }
.whisker { stroke: var(--ink); fill: none; } .chance { stroke: #d55e00; stroke-width: 2; }
.null { fill: #d55e00; opacity: .35; }
@media (max-width: 40rem) { body { padding: 1.5rem 1rem 3rem; } h1 { font-size: 1.5rem; } }
h3 { font-size: 1rem; font-weight: 600; margin: 1.2rem 0 .2rem; }
a { color: var(--accent); text-decoration: none; font-size: .8em; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; }
  h2 { break-after: avoid; margin-top: 1.5rem; } p { max-width: none; orphans: 3; widows: 3; }
  figure, tr, section > p { break-inside: avoid; } figure img { max-height: 23cm; }
  .sheet { break-inside: avoid; } #for-the-meeting { break-after: page; }
  #for-the-meeting figure img { max-height: 21cm; }
  .scroll { overflow: visible; } .bar, .track { print-color-adjust: exact; } }
"""


def render_page(title: str, sections: Sequence[Section], *, subtitle: str = "") -> str:
    """Compose the HTML of a page.

    Parameters
    ----------
    title, subtitle
        Plain text; an empty line in the subtitle begins a new paragraph.
    sections
        From top to bottom; their texts are escaped, their tables are taken as they are.

    Returns
    -------
    str
        One file: no links but to its own parts, no scripts, pictures inside.
    """
    body = "".join(map(_render_section, sections))
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{escape(title)}</h1>{_paragraphs(subtitle)}</header><main>{body}</main></body></html>\n"
    )


def write_page(path: Path, title: str, sections: Sequence[Section], *, subtitle: str = "") -> Path:
    """Write a page in one move.

    Parameters
    ----------
    path
        A file that stands there is replaced.
    title, sections, subtitle
        As for `render_page`.

    Returns
    -------
    Path
        `path`.
    """
    write_text(path, render_page(title, sections, subtitle=subtitle))
    return path


def _render_section(section: Section) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>", _paragraphs(section.text)]
    parts += [f"<p><b>{escape(lead)}.</b> {escape(text)}</p>" for lead, text in section.points]
    parts += [*map(figure_html, section.figures), *section.tables]
    return f"<section id='{anchor_of(section.title)}'>{''.join(parts)}</section>"


def anchor_of(title: str) -> str:
    """Name a part of a page, for links to it.

    >>> anchor_of("What looks broken")
    'what-looks-broken'
    """
    return "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())


def figure_html(figure: PngFigure) -> str:
    """Render a picture with its caption."""
    caption = f"<figcaption>{escape(figure.caption)}</figcaption>" if figure.caption else ""
    source = b64encode(figure.png).decode("ascii")
    return f"<figure><img alt='{escape(figure.caption)}' src='data:image/png;base64,{source}'>{caption}</figure>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip())

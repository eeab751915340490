"""XML that strangers wrote: streamed, namespaces cut off, and no document type, so no entity ever expands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from cdcl.bounded import check_regular
from cdcl.errors import ScreenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK_BYTES = 2**18
"""Large enough that reading costs nothing, small enough that a bound is felt at once."""
MAX_DEPTH = 200
"""Far deeper than what microscopes write; the parser's stack is bounded by it."""
MAX_TEXT = 2**20
"""Letters of one element; adding more to it takes ever longer, and names and numbers are short."""

FREE_BYTES = 64 * 2**20  # a document's own headings and layout
BYTES_A_FILE = 2**16
"""What a document may take at all, and beyond for each file beside it: Harmony writes 2 to 4 KB an image."""


@dataclass(slots=True)
class Element:
    """An element with its attributes, text and children; names are without their namespace."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def find(self, name: str) -> Element | None:
        """Give the first child of that name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list[Element]:
        """Give the children of that name."""
        return [child for child in self.children if child.name == name]

    def value(self, name: str) -> str:
        """Give the text of the first child of that name; "" where there is none."""
        child = self.find(name)
        return child.text if child else ""


def elements(path: Path, *names: str, beside: int = 0) -> Iterator[Element]:
    """Give the outermost elements called `names`, one after the other; the document is never held as a whole.

    Its size is held against the number of files that lie `beside` it.

    Raises
    ------
    ScreenError
        If the file is unreadable, too large for the number of files beside it, not well-formed, or has a document type,
        which no microscope writes and an XML bomb needs.
    """
    _check_size(path, beside)
    builder = _Builder(path, frozenset(names))
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                builder.parser.Parse(chunk, False)
                yield from builder.take()
        builder.parser.Parse(b"", True)
        yield from builder.take()
    except ScreenError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise _not_whole(path, error) from error
    except OSError as error:
        raise ScreenError(f"{path} cannot be read ({(error.strerror or 'no access').lower()}).") from error


def _check_size(path: Path, num_files: int) -> None:
    size, most = check_regular(path, ScreenError), FREE_BYTES + BYTES_A_FILE * num_files
    if size > most:
        raise ScreenError(f"{path} has {size:,} bytes, for {num_files:,} files at most {most:,}; is it another file?")


def parse_text(text: str, path: Path) -> Element:
    """Give the root of a document that stands in a header of `path`; errors as in `elements`."""
    builder = _Builder(path, None)
    try:
        builder.parser.Parse(text.encode("utf-8", "replace"), True)
    except ScreenError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise _not_whole(path, error) from error
    return builder.take()[0]


class _Builder:
    """Turns what expat reports into elements; `names` None keeps the whole document."""

    def __init__(self, path: Path, names: frozenset[str] | None) -> None:
        self.parser = expat.ParserCreate("utf-8" if names is None else None)
        self.parser.buffer_text = True
        self.parser.buffer_size = CHUNK_BYTES
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._add_text
        self._path, self._names = path, names
        self._open: list[Element] = []
        self._done: list[Element] = []
        self._depth = 0

    def take(self) -> list[Element]:
        """Hand over the elements that are whole."""
        done, self._done = self._done, []
        return done

    def _refuse(self, *_: object) -> None:
        raise ScreenError(f"{self._path} brings a document type (DTD), which cdcl does not read; remove it.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ScreenError(f"{self._path} nests more than {MAX_DEPTH} elements; this is no file of a microscope.")
        if self._open or self._names is None or name in self._names:
            bare = {key.rpartition(":")[2]: value for key, value in attributes.items()} if attributes else attributes
            element = Element(name, bare)
            if self._open:
                self._open[-1].children.append(element)
            self._open.append(element)

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._open:
            element = self._open.pop()
            element.text = element.text.strip()
            if not self._open:
                self._done.append(element)

    def _add_text(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text
            if len(self._open[-1].text) > MAX_TEXT:
                raise ScreenError(f"{self._path} holds a text of more than {MAX_TEXT:,} letters; mend or remove it.")


def _not_whole(path: Path, error: Exception) -> ScreenError:
    return ScreenError(f"{path} is no whole XML file ({error}); export or copy it again.")

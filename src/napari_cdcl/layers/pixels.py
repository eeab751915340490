"""All fields of a screen as arrays that napari slices: nothing is read before it is shown, and then once."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.errors import CDCLError
from napari_cdcl.models.window_words import words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.pixels.illumination import FieldLight
    from cdcl.screen import Screen

TRIED = 20
"""Fields that are tried for the size and the data type of all, spread over the screen."""
WAY_OUT = 1 << 28
"""Bytes that napari may ask for at once, as when it turns the fields into a volume."""


class FieldPixels:
    """Reads fields of a screen, and keeps the last one for all its channels.

    What cannot be read is black, and remembered in `failures`. A field of another size than the first is laid into the
    same corner, cut or with black edges. Threads may read at the same time.

    Attributes
    ----------
    size
        Height and width of the fields.
    dtype
        Of the counts.
    failures
        Why a row could not be read, in a line.
    """

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.failures: dict[int, str] = {}
        self._lock = Lock()
        self._light: FieldLight | None = None
        self._row = -1
        self.size: tuple[int, int] = (1, 1)
        self.dtype: np.dtype[Any] = np.dtype(np.uint16)
        self._field: NDArray[Any] = np.zeros((len(screen.channels), 1, 1), dtype=self.dtype)
        self._look_at_first()

    def __len__(self) -> int:
        """Count the fields."""
        return len(self.screen)

    @property
    def row(self) -> int:
        """The field that is kept, or -1."""
        return self._row

    def field(self, row: int) -> NDArray[np.generic]:
        """Give all channels of a field, (C, Y, X)."""
        with self._lock:
            if row != self._row:
                self._field = self.read(row)
                self._row = row
            return self._field

    def light_by(self, light: FieldLight | None) -> None:
        """Show fields under even light from now on, or as they are.

        Parameters
        ----------
        light
            Over the fields of all rows, each a box of 1 x 1.
        """
        with self._lock:
            self._light, self._row = light, -1

    def _look_at_first(self) -> None:
        num = len(self.screen)
        tried = dict.fromkeys(np.linspace(0, num - 1, min(TRIED, num)).astype(int).tolist())
        for row in tried:
            try:
                field = self.screen.image(row)
            except (CDCLError, OSError) as error:
                self.failures[row] = _sentence(error)
                continue
            self.size, self.dtype = (field.shape[1], field.shape[2]), field.dtype
            self._row, self._field = row, field
            return

    def read(self, row: int) -> NDArray[np.generic]:
        """Read all channels of a field, (C, Y, X), beside the one that is kept."""
        black = np.zeros((len(self.screen.channels), *self.size), dtype=self.dtype)
        try:
            field = self.screen.image(row)
        except (CDCLError, OSError, MemoryError) as error:
            self.failures[row] = _sentence(error)
            return black
        self.failures.pop(row, None)
        field = self._evened(row, field)
        if field.shape == black.shape and field.dtype == black.dtype:
            return field
        height, width = np.minimum(field.shape[1:], self.size)
        part = field[:, :height, :width]
        if self.dtype.kind == "u":
            part = np.clip(part, 0, np.iinfo(self.dtype).max)
        black[:, :height, :width] = part.astype(self.dtype)
        return black

    def _evened(self, row: int, field: NDArray[Any]) -> NDArray[Any]:
        if self._light is None:
            return field
        lit = field.astype(np.float32)
        self._light.correct(row, (0, 0, 1, 1), lit)
        if field.dtype.kind == "u":
            lit = np.clip(lit.round(), 0, np.iinfo(field.dtype).max)
        return lit.astype(field.dtype)


class ChannelPixels:
    """One channel of all fields, (fields, Y, X), as napari wants an array to be."""

    ndim = 3

    def __init__(self, fields: FieldPixels, channel: int) -> None:
        self.fields = fields
        self.channel = channel

    @property
    def shape(self) -> tuple[int, int, int]:
        """Fields, height and width."""
        return (len(self.fields), *self.fields.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the counts."""
        return self.fields.dtype

    @property
    def size(self) -> int:
        """Count all pixels."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def nbytes(self) -> int:
        """Bytes of all pixels; few of them are ever in memory."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        """Count the fields."""
        return len(self.fields)

    def __getitem__(self, key: Any) -> NDArray[np.generic]:
        """Read what is asked for."""
        first, *rest = key if isinstance(key, tuple) else (key,)
        if first is Ellipsis:
            first, rest = slice(None), [Ellipsis, *rest]
        if not isinstance(first, slice):
            return np.asarray(self._plane(int(first))[tuple(rest)])
        rows = range(*first.indices(len(self)))
        height, width = self.fields.size
        if len(rows) * height * width * self.dtype.itemsize > WAY_OUT:
            rows = rows[:1]  # napari shows fields one by one; a volume of them means nothing
        stack = [self._plane(row)[tuple(rest)] for row in rows]
        return np.stack(stack) if stack else np.zeros((0, height, width), dtype=self.dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.generic]:
        """Read all fields, or the first where they are too many."""
        del copy
        return np.asarray(self[:], dtype=dtype)

    def _plane(self, row: int) -> NDArray[np.generic]:
        plane: NDArray[np.generic] = self.fields.field(row % len(self))[self.channel]
        return plane


def _sentence(error: Exception) -> str:
    return " ".join(words_of(error).split()) or type(error).__name__

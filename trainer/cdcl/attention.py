"""Attention maps of a field of view: what is asked of a network, what it answers, and how answers are kept."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.bounded import check_archive
from cdcl.errors import ModelError, unknown_name

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Kind = Literal["heads", "mean", "rollout", "keys"]

_MOST = 2**53
"""No row, block or request has a larger number."""

READY = "ready for questions"
"""What the verb `serve` says once it listens."""


@dataclass(frozen=True)
class Question:
    """What to look at in a field.

    Attributes
    ----------
    block
        Of the network; -1 is the last.
    kind
        "heads": the attention of each head; "mean": their mean; "rollout": attention followed through all blocks up to
        this one (Abnar & Zuidema 2020); "keys": how similar each patch's key is to the asked patch's, as a cosine.
    patch
        (row, column) of the patch whose attention is asked for, as places of the map; none: the class token's.
    fine
        Whether windows shifted by parts of a patch are averaged: a map of 2 or 4 cells a side of each patch.
    """

    block: int = -1
    kind: Kind = "heads"
    patch: tuple[int, int] | None = None
    fine: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ModelError(unknown_name("kind of attention", self.kind, get_args(Kind)))


@dataclass(frozen=True)
class Attention:
    """Attention maps at patch resolution and where they lie on the field.

    Attributes
    ----------
    maps
        (maps, h, w) float32: each head's share of attention a patch, at most 1 in sum; of keys cosines, -1 to 1.
    scale
        Height and width of a patch in pixels of the field.
    translate
        Centre of the first patch in pixels of the field.
    names
        What each map is: "head 1", "DNA, head 2", "rollout".
    rim
        Of a fine map: cells at each side that fewer of the shifted windows have seen than those within.
    """

    maps: NDArray[np.float32]
    scale: tuple[float, float]
    translate: tuple[float, float]
    names: tuple[str, ...] = ()
    rim: int = 0


def strongest(maps: NDArray[np.float32], share: float) -> NDArray[np.bool_]:
    """Mark in each map (..., h, w) the smallest set of patches that holds at least `share` of its mass.

    `share` is 0 to 1; 1 keeps all that is not 0. A map without mass keeps nothing.
    """
    flat = np.asarray(maps, dtype=np.float64).reshape(*maps.shape[:-2], -1).clip(min=0.0)
    order = np.argsort(-flat, axis=-1, kind="stable")
    ranked = np.take_along_axis(flat, order, axis=-1)
    before = np.cumsum(ranked, axis=-1) - ranked
    kept = (before < share * ranked.sum(axis=-1, keepdims=True)) & (ranked > 0.0)
    mask = np.zeros(flat.shape, dtype=np.bool_)
    np.put_along_axis(mask, order, kept, axis=-1)
    return mask.reshape(maps.shape)


def write_answer(attention: Attention, path: Path) -> None:
    """Write maps and their place as .npz, in one move."""
    place = json.dumps(
        {"scale": attention.scale, "translate": attention.translate, "names": attention.names, "rim": attention.rim}
    )
    with replaced_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, maps=attention.maps, place=np.frombuffer(place.encode(), dtype=np.uint8))


def read_answer(path: Path) -> Attention:
    """Read what `write_answer` wrote; nothing is unpickled.

    Raises
    ------
    ModelError
        If it is not there, damaged, or holds no maps.
    """
    check_archive(path, ModelError)
    try:
        with np.load(path, allow_pickle=False) as file:
            maps, place = file["maps"], json.loads(file["place"].tobytes())
        found = Attention(
            maps, tuple(place["scale"]), tuple(place["translate"]), tuple(place["names"]), int(place["rim"])
        )
        if maps.ndim < 2 or not maps.size or maps.dtype.kind != "f":
            raise ValueError(f"maps of shape {maps.shape} and kind {maps.dtype}")
    except (OSError, EOFError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path} holds no maps of attention ({type(error).__name__}: {error}); ask again.") from error
    return found


def write_question(number: int, row: int, question: Question) -> str:
    """Write a question on a row of the screen as one line of JSON, for the verb `serve`."""
    return json.dumps({"request": number, "row": row, **asdict(question)})


def read_question(line: str) -> tuple[int, int, Question]:
    """Read a line of `write_question`: number, row, question.

    Raises
    ------
    ModelError
        If the line is none.
    """
    try:
        table: dict[str, Any] = json.loads(line)
        number, row, patch = int(table["request"]), int(table["row"]), table.get("patch")
        asked = None if patch is None else (int(patch[0]), int(patch[1]))
        block, kind = int(table.get("block", -1)), str(table.get("kind", "heads"))
        if max(map(abs, (number, row, block, *(asked or ())))) > _MOST:
            raise ValueError("a number beyond any row")
        return number, row, Question(block, kind, asked, bool(table.get("fine", False)))  # type: ignore[arg-type]
    except ModelError:
        raise
    except (ValueError, LookupError, TypeError, OverflowError, AttributeError, RecursionError) as error:
        raise ModelError(f"not a question on attention: {line[:80]!r}") from error

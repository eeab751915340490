"""Attention maps: where the network looks, a token over a field, head by head."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch

from cdcl.attention import Attention, Question
from cdcl.errors import ImageError, ModelError
from cdcl.events import Advanced, Began, Ended
from cdcl.inference.fields import prepare_fields
from cdcl.inference.fine_attention import average, only_diagonal, steps_of, windows_of
from cdcl.inference.models import on_screen
from cdcl.models.attention import CLASS_TOKEN, attention_of, key_similarity, rollout_of
from cdcl.models.channelwise import networks_by_channel, token_channels
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.inference.fields import PreparedFields
    from cdcl.inference.fine_attention import Window
    from cdcl.inference.models import TrainedModel
    from cdcl.screen import Screen
    from cdcl.tasks import Task

MOST_PATCHES = 48
"""Patches a side that are looked at in one go; a larger field is looked at in tiles, for attention grows as side^4.

Where each channel has patches of its own, so many fewer are looked at that there are not more tokens.
"""


def attend(
    model: TrainedModel,
    screen: Screen,
    row: int,
    question: Question | None = None,
    *,
    cache_folder: Path | None = None,
) -> Task[Attention]:
    """Compute the attention of one field at the magnification of training.

    Parameters
    ----------
    model
        From `load_model`.
    row
        Which field of the screen.
    question
        Which block, which kind, which token's; by default the class token's in the last block, head by head.

    Raises
    ------
    ModelError
        If the screen's channels are not the model's, or the network has no such block, patch or attention.
    ImageError
        If the field cannot be read.
    """
    model = on_screen(model, screen)
    fields = yield from prepare_fields(model, screen, cache_folder)
    observer = Observer(model, screen, fields)
    return (yield from observer.answer(row, question or Question()))


def attend_all(
    model: TrainedModel, screen: Screen, rows: list[int], question: Question, *, cache_folder: Path | None = None
) -> Task[list[Attention]]:
    """Compute the attention of several fields, one after the other.

    Parameters
    ----------
    model
        From `load_model`.
    rows
        Which fields of the screen.
    question
        Which block, which kind, which token's.
    cache_folder
        Where decoded pixels are kept; None takes the usual folder.

    Returns
    -------
    list of Attention
        One a row, in their order.

    Raises
    ------
    ModelError
        If the screen's channels are not the model's, or the network has no such block, patch or attention.
    ImageError
        If a field cannot be read.
    """
    model = on_screen(model, screen)
    fields = yield from prepare_fields(model, screen, cache_folder)
    observer = Observer(model, screen, fields)
    answers = []
    yield Began("attend", total=len(rows), unit="field")
    for done, row in enumerate(rows, start=1):
        answers.append(finish(observer.answer(row, question)))
        yield Advanced(done)
    yield Ended()
    return answers


@dataclass(frozen=True)
class Observer:
    """Keeps a model and a screen at hand and answers questions on its fields.

    Attributes
    ----------
    model
        As it looks at this screen (`on_screen`).
    screen
        Whose fields are asked about.
    fields
        Its pixels, normalised for the model.
    """

    model: TrainedModel
    screen: Screen
    fields: PreparedFields

    def answer(self, row: int, question: Question) -> Task[Attention]:
        """Compute the attention of one field.

        A field of more than 48 patches a side is looked at in tiles: each token then sees its tile alone, and every
        tile has the share of attention that it has of the field. A fine map averages windows that are shifted by parts
        of a patch; a shifted window leaves a rim of the field out.

        Parameters
        ----------
        row
            Which field of the screen.
        question
            Which block, which kind, which token's.

        Returns
        -------
        Attention
            Maps (maps, h, w), and where their cells lie in the field.

        Raises
        ------
        ModelError
            If the network has no such block, patch or attention.
        ImageError
            If there is no such field, or it could not be read.
        """
        if not 0 <= row < len(self.screen):
            raise ImageError(f"there is no field {row}; the screen has {len(self.screen)}.")
        if not self.fields.cache.readable[row]:
            raise ImageError(f"{self.screen.paths(row)[0]} could not be read; there is nothing to attend to.")
        height, width = (int(side) for side in self.fields.cache.sizes[row])
        grid = self._grid(height, width)
        # Each weight is used once a patch, and once a channel where each has patches of its own.
        weights = self._token_channels * sum(weight.numel() for weight in self.model.encoder.parameters())
        steps = steps_of(grid, self.model.patch, weights) if question.fine else 1
        cells = (grid[0] * steps, grid[1] * steps)
        _check_patch(question, cells)
        windows = windows_of(grid, steps, diagonal=only_diagonal(grid, weights))
        found = yield from self._look_through(self._whole_field(row, grid), windows, question, steps)
        maps, rim = average(found, steps, grid, shares=question.kind != "keys")
        scale = (height / cells[0], width / cells[1])
        return Attention(maps, scale, ((scale[0] - 1) / 2, (scale[1] - 1) / 2), self._names(len(maps), question), rim)

    def _look_through(
        self, images: torch.Tensor, windows: list[Window], question: Question, steps: int
    ) -> Task[dict[Window, NDArray[np.float32]]]:
        """Answer for each window, (maps, h, w), tile by tile; a window beside the patch that is asked for has none."""
        asked = {
            window: patch
            for window in windows
            if (patch := window.patch_at(question.patch, steps) if question.patch else CLASS_TOKEN) is not None
        }
        most = max(1, int(MOST_PATCHES / self._token_channels**0.5))
        tiles = [
            (one, down, across)
            for one in asked
            for down in _parts(one.grid[0], most)
            for across in _parts(one.grid[1], most)
        ]
        yield Began("attend", total=len(tiles), unit="tile")
        found: dict[Window, NDArray[np.float32]] = {}
        for done, (window, *tile) in enumerate(tiles, start=1):
            patch = asked[window]
            cut = self._cut(images, window, steps)
            part = self._look(cut, (tile[0], tile[1]), question, patch)
            if part is not None:
                if question.kind != "keys" and question.patch is None:
                    part = part * np.float32(
                        cut[0, 0].numel() / images[0, 0].numel()
                    )  # the window's share of the field
                if window not in found:
                    found[window] = np.zeros((len(part), *window.grid), dtype=np.float32)
                found[window][:, tile[0], tile[1]] = part
            yield Advanced(done)
        yield Ended()
        return found

    def _cut(self, images: torch.Tensor, window: Window, steps: int) -> torch.Tensor:
        patch = self.model.patch
        top, left = (shift * patch // steps for shift in (window.down, window.across))
        return images[..., top : top + window.grid[0] * patch, left : left + window.grid[1] * patch]

    def _look(
        self, images: torch.Tensor, tile: tuple[slice, slice], question: Question, asked: tuple[int, int] | int
    ) -> NDArray[np.float32] | None:
        """Answer for one tile, (maps, h, w); None where the patch that is asked for lies in another."""
        encoder, patch = self.model.encoder, self.model.patch
        first = int(encoder.num_prefix_tokens)  # type: ignore[arg-type]
        down, across = tile
        shape = (down.stop - down.start, across.stop - across.start)
        share = shape[0] * shape[1] * patch**2 / (images.shape[-2] * images.shape[-1])
        tokens: tuple[int, ...] = (CLASS_TOKEN,)
        if not isinstance(asked, int):
            y, x = asked[0] - down.start, asked[1] - across.start
            if not (0 <= y < shape[0] and 0 <= x < shape[1]):
                return None
            share = 1.0
            tokens = tuple(first + (c * shape[0] + y) * shape[1] + x for c in range(self._token_channels))
        part = images[..., down.start * patch : down.stop * patch, across.start * patch : across.stop * patch]
        rows = _ask(encoder, part, question, tokens)[0, :, first:]
        # (maps, C * h * w) to (C * maps, h, w), channel by channel; C is 1 where patches are of all channels.
        apart = rows.reshape(len(rows), self._token_channels, -1).transpose(0, 1)
        maps: NDArray[np.float32] = apart.reshape(-1, *shape).cpu().numpy()
        return maps if question.kind == "keys" else maps * np.float32(share)

    @property
    def _token_channels(self) -> int:
        """Channels that have patches of their own in one network; 1 where patches are of all channels."""
        return token_channels(self.model.encoder) or 1

    def _grid(self, height: int, width: int) -> tuple[int, int]:
        """Count the patches down and across that keep the magnification of training."""
        per_pixel = self.model.view_size / self.model.tile / self.model.patch
        return max(1, round(height * per_pixel)), max(1, round(width * per_pixel))

    def _whole_field(self, row: int, grid: tuple[int, int]) -> torch.Tensor:
        """Normalise a field and resize it to whole patches, (1, C, h, w)."""
        pixels = self.fields.field(row).astype(np.float32)
        offset, scale = (numbers[row][:, None, None] for numbers in (self.fields.offset, self.fields.scale))
        image = torch.from_numpy((pixels - offset) / scale)[None]  # (1, C, Y, X)
        size = (grid[0] * self.model.patch, grid[1] * self.model.patch)
        resize = torch.nn.functional.interpolate
        return resize(image, size=size, mode="bilinear", antialias=True, align_corners=False).to(self.model.device)

    def _names(self, num_maps: int, question: Question) -> tuple[str, ...]:
        apart = bool(networks_by_channel(self.model.encoder)) or self._token_channels > 1
        owners = [f"{name}, " for name in self.model.channels] if apart and num_maps > 1 else [""]
        each = num_maps // len(owners)
        words = [f"head {i + 1}" for i in range(each)] if question.kind == "heads" else [question.kind] * each
        return tuple(owner + word for owner in owners for word in words)


def _ask(encoder: torch.nn.Module, images: torch.Tensor, question: Question, tokens: tuple[int, ...]) -> torch.Tensor:
    """Give a token's row of each map, (1, maps, tokens); of the tokens of a place in several channels the mean."""
    if question.kind == "rollout":
        return rollout_of(encoder, images, question.block, tokens)
    if question.kind == "keys":
        return key_similarity(encoder, images, question.block, tokens)
    heads = attention_of(encoder, images, question.block)[:, :, list(tokens)].mean(2)  # (1, heads, tokens)
    return heads.mean(1, keepdim=True) if question.kind == "mean" else heads


def _check_patch(question: Question, grid: tuple[int, int]) -> None:
    if question.patch is not None and not all(0 <= place < n for place, n in zip(question.patch, grid, strict=True)):
        raise ModelError(f"there is no patch {question.patch}: the field has {grid[0]} x {grid[1]} patches.")
    if question.patch is None and question.kind == "keys":
        raise ModelError("similar keys are those of a patch: say which, as row and column.")


def _parts(length: int, most: int) -> list[slice]:
    """Cut a side into as few, nearly equal parts as are short enough."""
    edges = np.linspace(0, length, -(-length // most) + 1).round().astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]

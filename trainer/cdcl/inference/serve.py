"""A model that stays loaded and answers questions on attention, one a line, for as long as somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cdcl.attention import READY, read_question, write_answer
from cdcl.errors import CDCLError
from cdcl.events import Answered, Refused, Said
from cdcl.inference.attend import Observer
from cdcl.inference.fields import prepare_fields
from cdcl.inference.models import on_screen
from cdcl.os_errors import describe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cdcl.inference.models import TrainedModel
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def serve(
    model: TrainedModel, screen: Screen, lines: Iterable[str], folder: Path, *, cache_folder: Path | None = None
) -> Task[None]:
    """Answer each line of `cdcl.attention.write_question` with a file `folder/<number>.npz`, until the lines end.

    What cannot be answered is refused with the reason, and the next question is waited for.
    """
    model = on_screen(model, screen)
    fields = yield from prepare_fields(model, screen, cache_folder)
    observer = Observer(model, screen, fields)
    folder.mkdir(parents=True, exist_ok=True)
    yield Said(READY)
    for line in lines:
        if line.strip():
            yield from _reply(observer, line, folder)


def _reply(observer: Observer, line: str, folder: Path) -> Task[None]:
    number = -1
    try:
        number, row, question = read_question(line)
        answer = yield from observer.answer(row, question)
        path = folder / f"{number}.npz"
        write_answer(answer, path)
    except (OSError, MemoryError, RecursionError, UnicodeError, CDCLError) as error:
        yield Refused(number, str(error) if isinstance(error, CDCLError) else describe(error))
    except torch.OutOfMemoryError:
        torch.cuda.empty_cache()
        yield Refused(number, "the GPU has too little memory left for this field; release it, or use the CPU.")
    else:
        yield Answered(number, str(path))

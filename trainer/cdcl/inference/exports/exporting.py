"""The forms there are for a network, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.atomic import disk_errors, replaced_folder
from cdcl.config.known_models import use_in_words
from cdcl.errors import ModelError, unknown_name
from cdcl.events import Began, Ended, Warned, Wrote
from cdcl.inference.exports.graphs import write_onnx, write_torchscript
from cdcl.inference.exports.hugging_face import write_hugging_face
from cdcl.inference.exports.network_card import terms_line
from cdcl.inference.exports.timm_folder import write_timm
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.inference.models import TrainedModel
    from cdcl.tasks import Task


@dataclass(frozen=True)
class NetworkForm:
    """One form: its title for a list, and what writes it into an empty folder."""

    title: str
    write: Callable[[TrainedModel, Path], list[Path]]


NETWORK_FORMS: dict[str, NetworkForm] = {
    "timm": NetworkForm("weights under timm's names", write_timm),
    "onnx": NetworkForm("an ONNX file", write_onnx),
    "hf": NetworkForm("a folder for Hugging Face's transformers", write_hugging_face),
    "torchscript": NetworkForm("a TorchScript file", write_torchscript),
}
"""Every form that a network is exported to."""


def export_network(model: TrainedModel, form: str, folder: Path) -> Task[Path]:
    """Write a network into a new folder, whole or not at all, and say on what terms it may be used.

    Raises
    ------
    ModelError
        If the form is unknown, the folder holds something, the network has no such form, or a package is missing.
    """
    if form not in NETWORK_FORMS:
        raise ModelError(unknown_name("form", form, NETWORK_FORMS))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder} already exists; choose another place with -o.")
    yield Began(f"export ({form})", total=None, unit="file")
    with disk_errors(folder):
        if folder.is_dir():
            folder.rmdir()
        folder.parent.mkdir(parents=True, exist_ok=True)
        with replaced_folder(folder) as temporary:
            count = len(NETWORK_FORMS[form].write(model, temporary))
    yield Ended()
    if use_in_words(model.source.get("commercial", True)):
        yield Warned(terms_line(model))
    yield Wrote(f"{NETWORK_FORMS[form].title} ({counted(count, 'file', 'files')})", str(folder))
    return folder

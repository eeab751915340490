"""Whether a run's folder is still that of the training that writes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import RunError
from cdcl.locks import Owner, read_owner
from cdcl.wording import option

if TYPE_CHECKING:
    from cdcl.runs.run import Run


def check_present(run: Run) -> None:
    """Refuse to write into a run whose folder was taken away, or belongs to another training by now.

    Raises
    ------
    RunError
        If the folder was deleted or renamed, or another process holds it.
    """
    if not run.folder.is_dir():
        raise RunError(
            f"{run.folder} was deleted or renamed while it trained; the steps since its last checkpoint are lost. Give "
            f"it back its name, or name its new place, and go on with {option('resume')}."
        )
    owner = read_owner(run.running)
    if owner is not None and owner != Owner.me():
        raise RunError(
            f"{run.folder} was deleted or renamed while it trained, and process {owner.pid} trains in a new folder of "
            "that name; the steps since the last checkpoint of the old one are lost."
        )

"""Files of public models: in the cache of the hub, or fetched once; found missing at once, and said in one line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cdcl.errors import ModelError
from cdcl.models.torchvision_shim import import_timm
from cdcl.wording import option

_SECONDS = 5.0
"""How long the hub may take to answer; one question, no retries."""

_FILES = ("model.safetensors", "pytorch_model.bin")
"""What timm calls a model's weights on the hub, the newer name first."""


def hub_file(backbone: str) -> Path:
    """Give the file of timm's own weights of a backbone, fetched if need be.

    Raises
    ------
    ModelError
        If timm has no weights of that name, or they are not in the cache and cannot be fetched.
    """
    config = pretrained_config(backbone)
    if config is None or not config.hf_hub_id:
        raise ModelError(
            f"timm has no weights of {backbone} on the hub; give the path of a file in model.pretrained, or another "
            "backbone."
        )
    return fetch(config.hf_hub_id, _FILES)


def pretrained_config(backbone: str) -> Any:
    """Give what timm knows of a backbone's weights (where they are, their licence); None where it knows none."""
    timm = import_timm()

    try:
        return timm.get_pretrained_cfg(backbone)
    except RuntimeError:  # the part behind the dot is no tag of this network
        return None


def fetch(repository: str, names: tuple[str, ...]) -> Path:
    """Give the first of `names` that a repository of the hub has: from the cache, else fetched with a bar of progress.

    The hub is asked once; where it does not answer within seconds, that is said, with the command that fetches the
    file elsewhere.

    Raises
    ------
    ModelError
        If the file is not in the cache and cannot be fetched.
    """
    found = _cached(repository, names)
    if found is not None:
        return found
    reason = _why_not(repository)
    if reason:
        raise ModelError(
            f"the weights {repository} are not here, and the hub {reason}. On a machine with a network: "
            f"`hf download {repository} {names[0]}`; then give the file's path as model.pretrained or "
            f"{option('model')}."
        )
    return _download(repository, names)


def _cached(repository: str, names: tuple[str, ...]) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    for name in names:
        found = try_to_load_from_cache(repository, name)
        if isinstance(found, str):
            return Path(found)
    return None


def _why_not(repository: str) -> str:
    """Ask the hub once for a repository; gives why it cannot be fetched, or ""."""
    from huggingface_hub import constants, get_session

    if constants.HF_HUB_OFFLINE or os.environ.get("TRANSFORMERS_OFFLINE"):
        return "is not asked (HF_HUB_OFFLINE is set)"
    try:
        answer = get_session().head(f"{constants.ENDPOINT}/{repository}/resolve/main/README.md", timeout=_SECONDS)
    except Exception as error:  # what the client raises depends on its version and on the proxy
        return f"cannot be reached ({type(error).__name__})"
    if answer.status_code in (401, 403):
        return "wants you to accept its terms first: on its page, then `hf auth login`"
    return f"answers {answer.status_code}" if answer.status_code >= 500 else ""


def _download(repository: str, names: tuple[str, ...]) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

    for name in names:
        try:
            return Path(hf_hub_download(repository, name))
        except EntryNotFoundError:
            continue
        except (HfHubHTTPError, OSError, ValueError) as error:
            raise ModelError(f"{repository}/{name} could not be fetched ({type(error).__name__}).") from error
    raise ModelError(f"{repository} on the hub has none of {', '.join(names)}.")

"""What trains: torch and the devices it finds, and timm."""

from __future__ import annotations

from cdcl.doctor.check import Check
from cdcl.doctor.children import ask_child

_TORCH = """
import json, torch
gpus = [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
print(json.dumps({
    "version": torch.__version__, "cuda": torch.version.cuda or "", "gpus": gpus,
    "mps": torch.backends.mps.is_available(), "threads": torch.get_num_threads(),
}))
"""
_TIMM = """
import json
from cdcl.models.torchvision_shim import import_timm
print(json.dumps({"version": import_timm().__version__}))
"""
_REINSTALL = "pip install --force-reinstall torch"


def look_at_networks() -> list[Check]:
    """Load torch and timm, each in a process of its own, and list the devices."""
    answer = ask_child(_TORCH)
    if answer.trouble:
        mend = "pip install torch" if "No module named" in answer.trouble else _REINSTALL
        return [Check("torch", "missing", answer.trouble, mend)]
    facts = answer.facts
    build = f"built for CUDA {facts['cuda']}" if facts["cuda"] else "built without CUDA"
    return [Check("torch", "ok", f"{facts['version']}, {build}"), _devices(facts), _timm()]


def _devices(facts: dict[str, object]) -> Check:
    gpus, threads = facts["gpus"], f"cpu ({facts['threads']} threads)"
    if isinstance(gpus, list) and gpus:
        return Check("devices", "ok", ", ".join([*(f"cuda:{n} {name}" for n, name in enumerate(gpus)), threads]))
    if facts["mps"]:
        return Check("devices", "ok", f"mps, {threads}")
    if facts["cuda"]:
        return Check("devices", "optional", f"{threads}; torch finds no GPU", "nvidia-smi (shows the driver, if any)")
    return Check("devices", "ok", threads)


def _timm() -> Check:
    answer = ask_child(_TIMM)
    if answer.trouble:
        return Check("timm", "missing", answer.trouble, "pip install -U timm")
    return Check("timm", "ok", f"{answer.facts['version']}; torchvision is not needed")

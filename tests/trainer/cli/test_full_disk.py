"""A disk that is really full: a small file system of the test's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cdcl_process import TRAINER

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
set -u
mount -t tmpfs -o size=4m none "$DISK" || exit 77
cdcl() {{ "{python}" -m cdcl "$@"; }}
cdcl train "{config}" --screen "{table}" --out "$DISK/run" --set save_every=3 >&2 || exit 1
cp -r "$DISK/run/checkpoints/6" "$DISK/before"
cat /dev/zero > "$DISK/fill" 2>/dev/null
truncate -s -24576 "$DISK/fill"
cdcl train --out "$DISK/run" --resume --set steps=9 >&2
echo "status $?"
diff -r "$DISK/before" "$DISK/run/checkpoints/6" && echo "kept $(ls -A "$DISK/run/checkpoints" | tr '\\n' ' ')"
rm "$DISK/fill"
cdcl train --out "$DISK/run" --resume --set steps=9 >&2
echo "again $? $(ls "$DISK/run/checkpoints" | tr '\\n' ' ')"
"""


def may_mount() -> bool:
    unshare = shutil.which("unshare")
    command = [unshare or "", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return unshare is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system as Linux does")
def test_a_full_disk_is_said_in_one_line_and_no_checkpoint_is_lost(
    config_file: Path, table: Path, tmp_path: Path
) -> None:
    if not may_mount():
        pytest.skip("unshare may not mount a file system here")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = SCRIPT.format(python=sys.executable, config=config_file, table=table)
    environment = {"DISK": str(disk), "PYTHONPATH": str(TRAINER), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["unshare", "-rm", "bash", "-c", script],
        env={**environment, "CDCL_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["status 2", "kept 3 6 ", "again 0 6 9 "], done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("cdcl: error: ")]
    assert "the disk is full; free some space" in line
    assert "Traceback" not in done.stderr

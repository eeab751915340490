from pathlib import Path

import pytest

from cdcl.errors import RunError
from cdcl.runs import find_run, open_run


def test_a_folder_with_a_config_is_a_run(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    found = find_run(tmp_path)
    assert found is not None
    assert open_run(tmp_path).folder == found.folder == tmp_path


def test_what_is_no_run_is_said_with_what_lists_runs(tmp_path: Path) -> None:
    assert find_run(tmp_path) is None
    with pytest.raises(RunError, match=r"no config.toml in it. `cdcl runs DIR`"):
        open_run(tmp_path)
    with pytest.raises(RunError, match="no such folder"):
        open_run(tmp_path / "nowhere")

"""Decisions on new plates: who, when, why and of what; added line by line, and read back whatever stands between."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from cdcl.errors import CDCLError, DiskError
from cdcl.quality import decisions
from cdcl.quality.acceptance import Check, as_table, from_table
from cdcl.quality.decisions import DECISIONS, Statement, decide, keep_decision, read_decisions, settle, user_name

SITES = pd.DataFrame({"batch": ["B1", "B1", "B2"], "plate": ["P1", "P1", "P2"], "well": ["A01", "A02", "A01"]})
CHECKS = [
    Check("", "joins", "channels", "the same"),
    Check("B1/P1", "look", "drift", "1.2 off", 1.2, 1.0),
    Check("B2/P2", "stop", "focus", "80% blurred", 0.8, 0.05),
]


def decide_on(*plates: str, wells: tuple[str, ...] = (), why: str = "I looked") -> decisions.Decision:
    settled = settle(Statement("approved", why, "Ada", plates, wells), SITES)
    return decide(settled, Path("new"), CHECKS)


def test_a_decision_on_a_plate_names_what_was_found_on_it_alone() -> None:
    one, whole = decide_on("P1", wells=("a1",)), decide_on()
    assert (one.plates, one.wells, one.verdict, one.reasons) == (("B1/P1",), ("A01",), "look", ("drift: 1.2 off",))
    assert (whole.plates, whole.verdict) == (("B1/P1", "B2/P2"), "stop")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(one.when)).total_seconds()) < 5


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (Statement("approved", " \n"), "needs its reason"),
        (Statement("perhaps", "why"), "approved or rejected"),
        (Statement("approved", "why", plates=("P3",)), "'P3' is no plate of this screen"),
        (
            Statement("approved", "why", plates=("B1/P1",), wells=("H12",)),
            "'H12' is no well of these plates; .* A01, A02",
        ),
        (Statement("approved", "why", plates=("B2/P2",), wells=("A02",)), "'A02' is no well"),
    ],
)
def test_what_is_no_decision_on_this_screen_is_refused(statement: Statement, said: str) -> None:
    with pytest.raises(CDCLError, match=said):
        settle(statement, SITES)


def test_where_the_system_knows_no_user_somebody_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise OSError("no username set in the environment")

    monkeypatch.setattr(decisions.getpass, "getuser", unknown)
    assert user_name() == ""
    with pytest.raises(CDCLError, match="nobody is known"):
        settle(Statement("approved", "why"), SITES)
    assert settle(Statement("approved", "why", " Ada "), SITES).who == "Ada"


def test_lines_are_added_and_come_back(tmp_path: Path) -> None:
    assert read_decisions(tmp_path) == ([], 0)
    made = [decide_on("P1", why="two\nlines \u2028 and a separator"), decide_on()]
    for one in made:
        keep_decision(tmp_path, one)
    before = (tmp_path / DECISIONS).read_bytes()
    keep_decision(tmp_path, made[0])
    assert (tmp_path / DECISIONS).read_bytes().startswith(before)
    assert read_decisions(tmp_path) == ([*made, made[0]], 0)


def test_a_line_that_was_torn_or_edited_costs_itself_alone(tmp_path: Path) -> None:
    keep_decision(tmp_path, decide_on())
    path = tmp_path / DECISIONS
    good = path.read_text(encoding="utf-8")
    edited = [json.dumps({**json.loads(good), **change}) for change in ({"decision": "perhaps"}, {"wells": "A01"})]
    path.write_text(good + "\n".join(["[]", "{}", "nonsense", *edited]) + "\n" + good[:30], encoding="utf-8")
    keep_decision(tmp_path, decide_on("P1"))
    found, damaged = read_decisions(tmp_path)
    assert [one.plates for one in found] == [("B1/P1", "B2/P2"), ("B1/P1",)]
    assert damaged == 6


def test_nothing_is_added_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / DECISIONS).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DiskError, match="link"):
        keep_decision(tmp_path, decide_on())


def test_checks_come_back_from_their_table_and_odd_verdicts_are_refused() -> None:
    assert from_table(as_table(CHECKS))[1:] == CHECKS[1:]
    with pytest.raises(CDCLError, match="'perhaps' is no verdict"):
        from_table(as_table(CHECKS).replace("look", "perhaps"))

"""The demo: a simulated screen, networks trained on it, and an honest comparison."""

from cdcl.demo.page import write_demo_page
from cdcl.demo.plan import Demo, open_demo
from cdcl.demo.stages import compare, run_demo
from cdcl.demo.table import Comparison, write_comparison
from cdcl.demo.verdict import read_aloud

__all__ = [
    "Comparison",
    "Demo",
    "compare",
    "open_demo",
    "read_aloud",
    "run_demo",
    "write_comparison",
    "write_demo_page",
]

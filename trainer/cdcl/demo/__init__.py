"""The demo: a simulated screen, networks trained on it, and an honest comparison."""

from cdcl.demo.page import write_demo_page
from cdcl.demo.plan import Demo, open_demo
from cdcl.demo.stages import compare, run_demo
from cdcl.demo.table import Comparison, write_comparison
from cdcl.demo.verdict import narrate

__all__ = [
    "Comparison",
    "Demo",
    "compare",
    "narrate",
    "open_demo",
    "run_demo",
    "write_comparison",
    "write_demo_page",
]

"""`python -m cdcl`, which torchrun needs; the same as `cdcl`."""

from __future__ import annotations

import sys

from cdcl.cli import main

if __name__ == "__main__":
    sys.exit(main())

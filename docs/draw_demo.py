"""Draw the picture of the README from the folder of a finished demo.

python docs/draw_demo.py [cdcl-demo]
"""

from __future__ import annotations

import sys
from pathlib import Path

from cdcl.projections import read_projection
from cdcl.report import Embedding, plot_embeddings


def main() -> None:
    """Draw DINO beside CDCL, by batch and by treatment."""
    demo = Path(sys.argv[1] if len(sys.argv) > 1 else "cdcl-demo")
    maps = {
        name: read_projection(demo / "runs" / name.lower() / "projections" / "umap.parquet")
        for name in ("DINO", "CDCL")
    }
    panels = [
        Embedding(f"{name}, by {column}", found.points, found.table[column], column)
        for column in ("batch", "treatment")
        for name, found in maps.items()
    ]
    target = Path(__file__).parent / "images" / "demo.png"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(plot_embeddings(panels, columns=4))


if __name__ == "__main__":
    main()

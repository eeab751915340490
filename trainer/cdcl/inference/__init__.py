"""What a trained model makes of a screen: profiles and attention."""

from cdcl.attention import Attention
from cdcl.inference.attend import attend, attend_all
from cdcl.inference.cell_profiles import embed_cells
from cdcl.inference.embed import embed
from cdcl.inference.models import TrainedModel, load_model

__all__ = ["Attention", "TrainedModel", "attend", "attend_all", "embed", "embed_cells", "load_model"]

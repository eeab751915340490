"""What a trained model makes of a screen: profiles and attention."""

from cdcl.attention import Attention
from cdcl.inference.attend import attend
from cdcl.inference.embed import embed
from cdcl.inference.models import TrainedModel, load_model

__all__ = ["Attention", "TrainedModel", "attend", "embed", "load_model"]

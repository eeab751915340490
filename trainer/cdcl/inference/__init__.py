"""What a trained model makes of a screen: profiles and attention."""

from cdcl.inference.attend import Attention, attend
from cdcl.inference.embed import embed

__all__ = ["Attention", "attend", "embed"]

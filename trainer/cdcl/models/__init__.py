"""Backbones, heads, the EMA teacher, attention, public weights, and sums over several processes."""

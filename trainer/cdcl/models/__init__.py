"""Backbones, heads, the averaged teacher, and what they need of several processes."""

"""Which treatments do something, why, and what they look like beside their controls."""

"""The Scores panel: what profiles are worth, runs and corrections side by side."""

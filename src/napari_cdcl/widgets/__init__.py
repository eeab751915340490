"""The panels of the window, and the views they are made of."""

"""The Train panel: set a training up, start it, watch it."""

"""What the window knows: screens, items, plates, score tables. Neither Qt nor napari."""

"""The Screen panel: open a screen, see its plates, go from field to field."""

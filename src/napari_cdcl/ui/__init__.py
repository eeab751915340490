"""Widgets that several panels share; they know no panel."""

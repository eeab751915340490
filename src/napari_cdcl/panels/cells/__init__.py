"""The Cells panel: find, read or set single cells over the field on display."""

"""Cross-batch pairing: who can be whose partner, drawn by a ladder of other batch, plate, well, site."""

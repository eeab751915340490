"""Cross-batch pairing: each image gets a partner of its treatment, from another batch, else plate, well or site."""

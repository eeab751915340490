"""The pixels of a screen, decoded once into a cache; intensities and light of each plate and channel beside it."""

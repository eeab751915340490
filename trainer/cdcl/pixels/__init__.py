"""The pixels of a screen: decoded once into a cache, with the intensities of each plate and channel beside it."""

"""Crops, augmentation and views; the loader with its prefetch; batches."""

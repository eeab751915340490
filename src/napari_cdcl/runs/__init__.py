"""Trainings and runs, seen from the window: launched, queued, followed by their folders."""

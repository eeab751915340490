"""The Runs panel: all runs of a folder, compared, continued, embedded, exported."""

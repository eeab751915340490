"""Work outside the window's thread: background threads, child processes, and how both end."""

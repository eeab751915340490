"""What the canvas shows of the session: fields, cells, attention."""

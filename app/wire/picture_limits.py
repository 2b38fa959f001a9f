"""How large a picture may be, and what is written on it where nobody says."""

SHORTEST_SIDE, LONGEST_SIDE = 200, 2000
"""CSS pixels."""
LARGEST_SCALE = 4
"""Device pixels for each CSS pixel."""
LONGEST_LABEL = 200
"""Characters."""
LETTERS = "FGHKPQRS"
"""What networks without labels are called, one after the other."""

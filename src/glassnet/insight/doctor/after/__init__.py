"""Rules about what a run came to."""

"""What the functions that are verified say: asked at points of our choice, and compared."""

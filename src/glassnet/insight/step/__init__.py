"""One training step taken apart: what stands before it, each stage's arrays, the sum behind a unit,
the chain behind a weight's change."""

"""Rules about the course of a run: losses that rise, gradients, units, pace."""

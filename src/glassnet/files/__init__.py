"""Files: the run's description, the registry of names, the model document, checkpoints, and
atomic writing. Reading a file never executes anything that is named in it."""

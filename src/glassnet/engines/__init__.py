"""How steps are run. `numpy_engine` is the specification; a native kernel will stand beside it."""

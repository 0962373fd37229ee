"""glassnet: a neural network from scratch that you can see through."""

__version__ = "0.1.0"

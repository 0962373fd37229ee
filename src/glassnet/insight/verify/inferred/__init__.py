"""The network behind the functions, inferred from shapes and from how they answer."""

"""The lab: a network that learns before one's eyes, the same session behind three transports."""

"""Lines of training: forward, back to any state, off into branches."""

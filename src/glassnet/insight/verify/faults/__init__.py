"""The mistakes that are known, each as a hypothesis that is tested against the numbers."""

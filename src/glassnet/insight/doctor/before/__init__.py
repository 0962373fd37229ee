"""Rules about the samples and the network before the first step."""

"""See through a network: gradient proofs, and the explanation of a step."""

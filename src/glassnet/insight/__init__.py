"""Looking into a network: the explanation of a step, and the numeric proof of its gradients."""

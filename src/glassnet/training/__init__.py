"""The training loop: batches, events, history, early stopping, Ctrl-C, L-BFGS."""

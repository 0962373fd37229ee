"""The mathematics of a neural network, NumPy only: one idea a file, each formula beside its
derivative. Samples are rows everywhere: X (n, d), Y (n, k); weights are (inputs, outputs)."""

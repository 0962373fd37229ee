"""The lab in a notebook: a model that is watched while `fit` trains it."""

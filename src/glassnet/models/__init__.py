"""Classifier and Regressor: tables in, labels or numbers out, in the manner of scikit-learn."""

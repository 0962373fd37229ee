"""An explanation as text for a terminal, as HTML with MathML, as LaTeX, and as plain data."""

"""The command line: `glassnet train digits` and its sisters."""

"""`python -m glassnet` is the command line."""

from glassnet.cli.main import console

console()

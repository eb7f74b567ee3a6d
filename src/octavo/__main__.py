"""`python -m octavo` is the command line."""

from octavo.cli import main

main()

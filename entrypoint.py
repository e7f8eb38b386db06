"""Entry point of the image: the GitHub action, or with arguments the command line."""

import sys

from mlgate.cli import main

sys.exit(main(sys.argv[1:] or ["action"]))

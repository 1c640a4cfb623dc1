"""`python -m litfass` is `litfass`."""

import sys

from litfass.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m genred`."""

import sys

from genred.cli import main

sys.exit(main())

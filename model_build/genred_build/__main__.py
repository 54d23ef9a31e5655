"""`python -m genred_build` is `genred-build`."""

import sys

from genred_build.cli import main

sys.exit(main())

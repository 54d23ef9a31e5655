"""`python -m genred_build` is `genred-build`."""

import sys

from genred_build.cli.main import main

sys.exit(main())

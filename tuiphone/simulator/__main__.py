"""`python -m tuiphone.simulator`."""

import sys

from tuiphone.simulator.run import main

sys.exit(main())

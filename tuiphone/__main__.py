"""`python -m tuiphone`."""

import sys

from tuiphone.cli import main

sys.exit(main())

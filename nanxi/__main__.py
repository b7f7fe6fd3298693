"""`python -m nanxi …`, the same as `nanxi …`."""

from nanxi.cli import main

raise SystemExit(main())

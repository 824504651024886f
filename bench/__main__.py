"""Run every comparison and print its figures: `python -m bench [middle|reply|webhooks|classifier …]`."""

from __future__ import annotations

import sys
from importlib import import_module

#: modules of this folder, each with `run()`; one is imported when its turn comes, as each needs other packages
BENCHES = ("middle", "reply", "webhooks", "classifier")

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHES:
        if name not in BENCHES:
            sys.exit(f"there is no bench {name}; there are {', '.join(BENCHES)}")
        print(f"== {name}")
        for line in import_module(f"bench.{name}").run():
            print(line)

"""Run every comparison and print its figures: `python -m bench [middle|webhooks …]`."""

from __future__ import annotations

import sys

from bench import middle, webhooks

BENCHES = {"middle": middle.run, "webhooks": webhooks.run}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHES:
        if name not in BENCHES:
            sys.exit(f"there is no bench {name}; there are {', '.join(BENCHES)}")
        print(f"== {name}")
        for line in BENCHES[name]():
            print(line)

"""`make bench`: what is measured against what, always in one run on one machine, and shown as a ratio."""

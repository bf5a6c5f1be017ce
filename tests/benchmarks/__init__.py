"""What everything costs, side by side in one run: ``python -m tests.benchmarks``.

No figure here is a time to be reached: each is a ratio to something else that was measured in
the same run, round by round in turn, as the median of the rounds with their spread.
"""

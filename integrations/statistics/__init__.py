"""What the records add up to: totals, rankings, games, and the figures that charts show.

Pure functions over records: no Discord, no language, no drawing. A session that is going on
takes part as its record so far (:func:`~integrations.statistics.records.so_far`), so that
running time counts in every sum.
"""

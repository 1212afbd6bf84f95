"""How far totals are counted: past this a person only wants to know that there are more, and counting on is slow."""

COUNT_CAP = 10_000

"""Finders: one module for each thing that a page can be asked for without a language model.

Each has `find(view, dropped)`, which yields questions and counts in `dropped`, by reason, what it saw and did
not take. A finder does not check, count against caps or look for doubles: `questions.ask` does that for all.
"""

GENERATOR = "rules-2"  # goes up when the same page gives other questions; a data set names it in every row

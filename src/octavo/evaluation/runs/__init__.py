"""Runs: a model asked the questions of a task, once each.

answers.py  what was answered, kept line by line        asking.py  the questions, grouped by page
folder.py   a run's files: predictions, score, report
"""

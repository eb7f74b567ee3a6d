"""Runs: a model asked the questions of a task, once each.

answers.py  what was answered, kept line by line        asking.py  the questions, grouped by page
files.py    predictions.jsonl, which can be scored without model and data
"""

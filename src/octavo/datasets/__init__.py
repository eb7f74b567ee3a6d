"""Data sets: Pages → rows of questions and answers with their evidence, in Parquet with Docmatix's columns.

build.py      documents to a data set, in shards        plan.py, work.py   what it will do; one document
questions.py  what a page answers with its own words    pairs.py, keys.py  labels and their values
headings.py   titles and headings                       values.py          dates, amounts, codes
templates.py  how it is asked                           verify.py          whether the words say so
visible.py    whether a reader can see them             splits.py          train, validation, test
schema.py     the columns and their files               reading.py         a data set opened for training
report.py     what became of every document             card.py            README.md of a data set
"""

from octavo.datasets.build import build
from octavo.datasets.reading import DataSet, Rows
from octavo.datasets.report import BuildReport
from octavo.datasets.types import Question, Row

__all__ = ["BuildReport", "DataSet", "Question", "Row", "Rows", "build"]

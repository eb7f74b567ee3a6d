"""Data sets: Pages → rows of questions and answers with their evidence, in Parquet with Docmatix's columns.

A build has two passes over its documents, since labels, near-duplicates and splits are known only of all of them:

    build.py      the steps, and what survives a kill     plan.py, settings.py  what it will do
    tasks.py      a shard's work as JSON                  engine.py, worker.py  where that is done
    read.py       pass 1: pages → Arrow                   pages.py              the pages in between
    write.py      pass 2: questions → Parquet             schema.py             the columns and their files
    report.py     what became of every document           card.py, exports.py   README.md, DocVQA's JSON
    reading.py    a data set opened for training

Questions are written by rules, or by a language model, and checked the same way:

    questions.py  finds → questions, within caps (mix.py) finders/              one module for each thing to ask for
    view.py       what a finder sees                      fields/               keys and their values
    mining.py     labels and keys of the corpus           llm/, model_pass.py   questions by a language model
    verify.py     whether the words say so                visible.py            whether a reader can see them

What is kept, and where it goes:

    selection/    near-duplicates, splits, filters        review.py, audit/     a person's judgement
"""

from octavo.datasets.build import build
from octavo.datasets.reading import DataSet, Rows
from octavo.datasets.report import BuildReport
from octavo.datasets.settings import Settings
from octavo.datasets.types import Question, Row

__all__ = ["BuildReport", "DataSet", "Question", "Row", "Rows", "Settings", "build"]

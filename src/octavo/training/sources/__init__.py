"""Sources of samples beside the questions about pages (`octavo.training.samples`), and what a recipe names them by.

transcription.py   a page's own words as the answer
conversations.py   others' Parquet: Docmatix, The Cauldron, rows of text alone
parts.py           the parts of a stage's data, opened and mixed

The kinds of parts: `questions` about the pages of a data set; `transcription` of its pages; `conversations` about
images, and `text` without any, in the Parquet files of a folder.
"""

from octavo.training.sources.conversations import Conversations
from octavo.training.sources.parts import fingerprint, stage_mixture
from octavo.training.sources.transcription import Transcriptions

__all__ = ["Conversations", "Transcriptions", "fingerprint", "stage_mixture"]

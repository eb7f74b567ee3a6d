"""Sources of samples beside the questions about pages (`octavo.training.samples`), and what a recipe names them by.

transcription.py   a page's own words as the answer
conversations.py   others' Parquet: Docmatix, The Cauldron, rows of text alone
synthetic.py       pages drawn as they are asked for
parts.py           the parts of a stage's data, opened and mixed

The kinds of parts: `questions` about the pages of a data set; `transcription` of its pages; `conversations` about
images, and `text` without any, in the Parquet files of a folder; `synthetic`, drawn pages, without a data set.
"""

from octavo.training.sources.conversations import Conversations
from octavo.training.sources.parts import fingerprint, stage_mixture
from octavo.training.sources.synthetic import Synthetic
from octavo.training.sources.transcription import Transcriptions

__all__ = ["Conversations", "Synthetic", "Transcriptions", "fingerprint", "stage_mixture"]

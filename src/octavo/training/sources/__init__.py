"""Sources of samples beside the questions about pages (`octavo.training.samples`).

transcription.py   a page's own words as the answer
conversations.py   others' Parquet: Docmatix, The Cauldron, rows of text alone
"""

from octavo.training.sources.conversations import Conversations
from octavo.training.sources.transcription import Transcriptions

__all__ = ["Conversations", "Transcriptions"]

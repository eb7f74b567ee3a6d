"""Others' Parquet, written as Docmatix and The Cauldron have it."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image


def picture(width, height, seed=0, encoding="PNG"):
    """An encoded image of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, encoding)
    return file.getvalue()


def turn(user, assistant):
    return {"user": user, "assistant": assistant, "source": "test"}


@pytest.fixture
def write(tmp_path):
    """Write rows of (images or None, turns) as one file; returns its folder."""

    def written(rows, group=2):
        kind = pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
        images = [None if given is None else [{"bytes": data, "path": None} for data in given] for given, _ in rows]
        table = pa.table({"images": pa.array(images, kind), "texts": [turns for _, turns in rows]})
        pq.write_table(table, tmp_path / "train-00000-of-00001.parquet", row_group_size=group)
        return tmp_path

    return written

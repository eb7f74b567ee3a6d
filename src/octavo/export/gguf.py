"""A model as the pair of GGUF files that llama.cpp, Ollama and LM Studio open."""

from importlib.util import find_spec
from pathlib import Path

from octavo.errors import OctavoError
from octavo.export.llama import available
from octavo.export.parity import Parity, check_parity
from octavo.export.refusals import require_new
from octavo.files import written_whole
from octavo.hub import model_folder
from octavo.models import load_model, tiled
from octavo.processing import Processor

KINDS = ("f32", "f16", "q8_0")


def export_gguf(name: str | Path, out: Path, kind: str = "f32", check: bool | None = None) -> Parity | None:
    """Write the model called `name` to `out` as `model-KIND.gguf` and `mmproj-KIND.gguf`.

    `kind` is the type of the matrices, one of `KINDS`. The files are opened in llama.cpp and compared with the
    model (`check_parity`) where xllamacpp is installed, or as `check` says. Raises `OctavoError` for a model
    that the format cannot carry, for a difference, and where `out` exists.
    """
    require_new(out)
    if kind not in KINDS:
        raise OctavoError(f"--type {kind}: it can be {', '.join(KINDS)}")
    if find_spec("gguf") is None or (check and not available()):
        raise OctavoError("--to gguf needs gguf, and --check xllamacpp: pip install 'octavo[llamacpp]'")
    from octavo.export.writer import write_gguf  # imports gguf, of an extra

    folder = model_folder(name)
    model, processor = tiled(load_model(folder)), Processor.from_pretrained(folder)
    with written_whole(out) as aside:
        aside.mkdir()
        files = write_gguf(model, processor, Path(name).name, kind, aside)
        if check is False or not available():
            return None
        return check_parity(model, processor, files, exact=kind == "f32")

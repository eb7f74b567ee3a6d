"""From what a user calls a model or a data set to the folder that holds it."""

from pathlib import Path

from octavo.errors import OctavoError

# *.bin and *.pt are pickles: they are never fetched, so that nothing can come to open one.
MODEL_FILES = ["*.json", "*.safetensors", "*.jinja", "tokenizer.model"]
BUNDLED = "octavo-nano"  # the model that comes with the package; a folder of that name is ./octavo-nano
RELEASE = Path(__file__).parent / "release" / "nano"


def model_folder(name: str | Path) -> Path:
    """The Hugging Face folder of a model: the bundled one, a folder, a run folder's `model`, or a hub name's snapshot.

    A path that exists is never looked up on the hub. Raises `OctavoError` where nothing of that name is found.
    """
    if name == BUNDLED:
        if not (RELEASE / "config.json").is_file():
            raise OctavoError(f"{BUNDLED}: its weights are not part of this source; install octavo's wheel")
        return RELEASE
    path = Path(name)
    for folder in (path, path / "model"):
        if (folder / "config.json").is_file():
            return folder
    if path.exists():
        raise OctavoError(f"{path} holds no model: there is no config.json in it or in its folder 'model'")
    if not looks_like_hub_name(str(name)):
        raise OctavoError(f"{name}: no such folder; give a run folder, a Hugging Face folder or a hub name")
    return _snapshot(str(name), "model", MODEL_FILES)


def dataset_folder(name: str | Path) -> Path:
    """The folder of a data set's Parquet: a folder itself, or a hub name's snapshot.

    Raises `OctavoError` where nothing of that name is found.
    """
    if Path(name).is_dir():
        return Path(name)
    if not looks_like_hub_name(str(name)):
        raise OctavoError(f"{name}: no such folder; give the folder of the data set's Parquet or a hub name")
    return _snapshot(str(name), "dataset", ["*.parquet"])


def looks_like_hub_name(name: str) -> bool:
    """Whether `name` is of the hub's form, owner/name."""
    owner, _, rest = name.partition("/")
    return bool(owner and rest) and "/" not in rest and not name.startswith((".", "~", "/"))


def _snapshot(name: str, kind: str, wanted: list[str]) -> Path:
    from huggingface_hub import snapshot_download  # 0.4 s of imports that local folders never need
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, repo_type=kind, allow_patterns=wanted))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise OctavoError(f"{name}: neither a folder here nor to be had from the hub ({first_line(error)})") from error


def first_line(error: BaseException) -> str:
    """The first line of an exception's message, or its type's name where it has none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)

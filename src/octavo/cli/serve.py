"""The command that serves a model."""

import os
from pathlib import Path
from typing import Annotated

import typer

from octavo.cli.shared import MODEL, app
from octavo.errors import OctavoError
from octavo.hub import BUNDLED

KEY = "OCTAVO_API_KEY"


@app.command()
def serve(
    model: Annotated[str, typer.Argument(help=MODEL)] = BUNDLED,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one, which is printed.")] = 8000,
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or int8.")] = "float32",
    slots: Annotated[int, typer.Option(min=1, help="Answers written at a time.")] = 8,
    waiting: Annotated[int, typer.Option(min=1, help="Requests that may wait; more are told to come again.")] = 64,
    context: Annotated[int, typer.Option(min=64, help="Tokens of a prompt with its answer.")] = 8192,
    pages: Annotated[int, typer.Option(min=1, help="Pages and images of one request.")] = 20,
    seconds: Annotated[float, typer.Option(min=1, help="Until a request must be answered.")] = 300,
    page_memory: Annotated[
        int, typer.Option(min=1, help="MiB for pages that were read; a quarter of it, images.")
    ] = 512,
    cache: Annotated[Path | None, typer.Option(help="A folder where pages that were read are kept, too.")] = None,
    remote_images: Annotated[
        bool, typer.Option("--remote-images", help="Fetch images from addresses of the public internet.")
    ] = False,
) -> None:
    """Serve a model: OpenAI's API with PDFs, and evidence in every answer.

    The key that clients must give is the environment's OCTAVO_API_KEY.
    """
    from octavo.inference import VisionLanguageModel
    from octavo.inference.engine import Engine, runs
    from octavo.inference.vlm import DTYPES

    if dtype not in DTYPES:
        raise OctavoError(f"--dtype {dtype}: it can be {', '.join(DTYPES)}")
    try:
        from octavo.serving import Settings
        from octavo.serving import serve as run
    except ImportError as error:
        raise OctavoError(f"the server needs {error.name}: pip install 'octavo[serve]'") from error
    name = model if not Path(model).exists() else Path(model).resolve().name
    settings = Settings(
        name,
        key=os.environ.get(KEY) or None,
        names=("localhost", host),
        pages=pages,
        seconds=seconds,
        active=2 * slots,  # so that pages are read while all slots are taken
        waiting=waiting,
        page_bytes=page_memory * 2**18,
        remote_images=remote_images,
    )
    opened = VisionLanguageModel.load(model, dtype)
    if not runs(opened.model):
        raise OctavoError(f"{model}: models with cross-attention are not served; use octavo ask")
    engine = Engine(
        opened.model,
        opened.processor,
        int8=opened.int8,
        slots=slots,
        context=context,
        waiting=settings.active,
        page_bytes=3 * settings.page_bytes,
        folder=cache,
    )
    run(engine, settings, host, port)

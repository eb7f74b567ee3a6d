"""The audit page served on this machine."""

from pathlib import Path

from octavo.errors import OctavoError


def review_of(folder: Path) -> Path:
    """The review of a data set where no other file is named: beside its folder, which a new build may replace."""
    folder = folder.resolve()
    return folder.with_name(f"{folder.name}.review.sqlite")


def serve(folder: Path, review: Path | None = None, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the page for the data set in `folder` until interrupted. Raises `OctavoError` where that cannot be."""
    try:
        import uvicorn

        from octavo.datasets.audit.app import create_app
    except ImportError as error:
        raise OctavoError(f"the page needs {error.name}: pip install 'octavo[serve]'") from error
    app = create_app(folder, review or review_of(folder), (host,))
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{port}    judgements: {review or review_of(folder)}    Ctrl-C ends", flush=True)
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)
    except SystemExit as error:  # what uvicorn does where the port is taken, after a line on standard error
        raise OctavoError(f"{host}:{port} cannot be listened on: give another --host or --port") from error

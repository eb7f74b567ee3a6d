"""Bar charts as SVG: the same bytes for the same counts, on any machine, in a card and on a page."""

from collections.abc import Mapping
from html import escape

ROW, BAR, LABEL, WIDTH, HEAD = 24, 16, 190, 640, 40  # pixels
MOST_LABEL = 28  # characters of a name
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-weight:600;font-size:15px}rect{fill:#3b6ea5}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#6ea8e0}}"
)


def bars(title: str, counts: Mapping[str, int]) -> str:
    """A horizontal bar for each name, in the order given, its count beside it."""
    most = max(counts.values())
    height = HEAD + ROW * len(counts) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<text class="t" x="8" y="24">{escape(title)}</text>',
    ]
    for number, (name, count) in enumerate(counts.items()):
        y = HEAD + ROW * number
        length = max(1, round((WIDTH - LABEL - 70) * count / most))
        label = name if len(name) <= MOST_LABEL else f"{name[: MOST_LABEL - 1]}…"
        parts += [
            f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{LABEL}" y="{y}" width="{length}" height="{BAR}" rx="2"/>',
            f'<text x="{LABEL + length + 6}" y="{y + 13}">{count:,}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])

"""Figures of a run, by stage and over all of it, and as a person writes them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from octavo.progress import duration
from octavo.training.logs.lines import Line

GIB = 2**30
ENDS = 0.05  # the share of a stage's steps whose mean is its loss at first, and at last


@dataclass(frozen=True, slots=True)
class StageFigures:
    """What the lines of a stage come to. Shares and rates are over its whole time, without validation and saving."""

    name: str
    steps: int
    seconds: float
    tokens: int
    answer_tokens: int
    tiles: int
    first_loss: float
    last_loss: float
    validation_loss: float | None
    anls: float | None
    mfu: float
    encoder_share: float
    tokens_used: float
    memory_bytes: int
    dropped: Counter[str]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "StageFigures":
        """The figures of a stage that has a line at the least."""
        total = {key: sum(line[key] for line in lines) for key in ("seconds", "tokens", "answer_tokens", "tiles")}
        ends = max(1, round(len(lines) * ENDS))
        encoder, decoder = (sum(line[f"flops_{part}"] for line in lines) for part in ("encoder", "decoder"))
        dropped: Counter[str] = Counter()
        for line in lines:
            dropped.update(line["dropped"])
        return cls(
            name=lines[0]["stage"],
            steps=len(lines),
            **total,
            first_loss=sum(line["loss"] for line in lines[:ends]) / ends,
            last_loss=sum(line["loss"] for line in lines[-ends:]) / ends,
            validation_loss=min((line["validation_loss"] for line in lines if "validation_loss" in line), default=None),
            anls=max((line["anls"] for line in lines if "anls" in line), default=None),
            mfu=sum(line["mfu"] * line["seconds"] for line in lines) / total["seconds"],
            encoder_share=encoder / (encoder + decoder),
            tokens_used=sum(line["tokens_used"] for line in lines) / len(lines),
            memory_bytes=max(memory(line) for line in lines),
            dropped=dropped,
        )


def by_stage(lines: Sequence[Line]) -> list[StageFigures]:
    """The figures of each stage that a log tells of."""
    stages: dict[int, list[Line]] = {}
    for line in lines:
        stages.setdefault(line["stage_index"], []).append(line)
    return [StageFigures.of(some) for some in stages.values()]


def rows(stages: Sequence[StageFigures]) -> list[tuple[str, ...]]:
    """A row a figure, written out, with a cell for each stage behind its name."""
    columns = [
        {
            "Steps": f"{stage.steps:,}",
            "Time": duration(stage.seconds),
            "Loss, first → last steps": f"{stage.first_loss:.3f} → {stage.last_loss:.3f}",
            "Lowest validation loss": "–" if stage.validation_loss is None else f"{stage.validation_loss:.3f}",
            "Highest ANLS": "–" if stage.anls is None else f"{stage.anls:.3f}",
            "Tokens": f"{stage.tokens:,}",
            "Answer tokens": f"{stage.answer_tokens:,}",
            "Tiles": f"{stage.tiles:,}",
            "Tokens a second": short(stage.tokens / stage.seconds),
            "Tiles a second": short(stage.tiles / stage.seconds),
            "MFU": percent(stage.mfu),
            "Encoder's share of the work": percent(stage.encoder_share),
            "Packs filled": percent(stage.tokens_used),
            "Peak memory": gib(stage.memory_bytes),
            "Samples dropped": f"{stage.dropped.total():,}",
        }
        for stage in stages
    ]
    return [(name, *(column[name] for column in columns)) for name in columns[0]]


def memory(line: Line) -> int:
    """The bytes that a step's line calls its peak: the GPU's where there is one."""
    peak: int = line["reserved_bytes"] if "reserved_bytes" in line else line["resident_bytes"]
    return peak


def note(line: Line) -> str:
    """What the progress line says of a step."""
    text = f"loss {line['loss']:.3f} · lr {line['learning_rate']:.1e} · {short(line['tokens_per_s'])} tokens/s"
    text += f" · MFU {percent(line['mfu'])} · {gib(memory(line))}"
    if "validation_loss" in line:
        text += f" · validation {line['validation_loss']:.3f}"
    return f"{text} · ANLS {line['anls']:.3f}" if "anls" in line else text


def short(value: float) -> str:
    """Three digits, with k, M or G for thousands, millions or milliards; powers of ten below a thousandth."""
    size = abs(value)
    if size and size < 0.00095:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    for least, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= least * 0.9995:
            return f"{value / least:.3g}{letter}"
    return f"{value:.3g}"


def percent(value: float) -> str:
    """A share as a person reads it, with one digit more below 10%."""
    return f"{value:.0%}" if value >= 0.0995 or value == 0 else f"{value:.1%}"


def gib(value: float) -> str:
    """Bytes in GiB."""
    return f"{value / GIB:.1f} GiB" if value >= GIB else f"{value / GIB:.2f} GiB"

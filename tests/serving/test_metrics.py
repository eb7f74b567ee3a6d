"""Prometheus can read the figures."""

import re

from octavo.serving.metrics import SECONDS, Metrics

SAMPLE = re.compile(r'^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+$')


def test_every_line_is_a_sample_of_a_described_figure():
    metrics = Metrics()
    metrics.answered("/v1/chat/completions", 200, 0.3)
    metrics.answered("/v1/chat/completions", 200, 1000.0)
    metrics.answered("/any/path", 404, 0.1)
    metrics.tokens.update({"prompt": 5, "generated": 2})
    lines = metrics.text({"octavo_things": ("Things.", 3)}).splitlines()
    described: set[str] = set()
    for line in lines:
        if line.startswith("# TYPE "):
            described.add(line.split()[2])
        elif not line.startswith("# HELP "):
            assert SAMPLE.match(line), line
            name = re.split(r"[{ ]", line)[0]
            assert name in described or re.sub("_(bucket|sum|count)$", "", name) in described
    assert 'octavo_requests_total{endpoint="other",status="404"} 1' in lines
    assert 'octavo_tokens_total{kind="cached"} 0' in lines
    assert "octavo_things 3" in lines


def test_buckets_add_up():
    metrics = Metrics()
    for seconds in (0.01, 0.3, 0.3, 1000.0):
        metrics.answered("/v1/chat/completions", 200, seconds)
    lines = list(metrics.whole.lines("x"))
    counts = [int(line.split()[-1]) for line in lines[: len(SECONDS) + 1]]
    assert counts[0] == 1
    assert counts[SECONDS.index(0.5)] == counts[-2] == 3
    assert counts[-1] == 4
    assert lines[-1] == "x_count 4"

"""Every metric against the vectors of the shared folder: inputs with what each origin's own function returned."""

import json
from pathlib import Path

import pytest

from octavo.evaluation import metrics

VECTORS = Path(__file__).parents[3] / "../shared/vectors/metrics"
ORIGINS = {"lmms_eval": "lmms_eval", "vlmevalkit": "vlmevalkit", "idefics": "idefics_authors_m4"}
ANNOTATED = ORIGINS | {
    "idefics": "idefics_authors_gt_vision_lab",
    "idefics_first_word": "idefics_authors_gt_vision_lab_first_word",
    "idefics_own": "idefics_authors_own_normaliser",
}
NORMALISED = ORIGINS | {"idefics": "gt_vision_lab", "idefics_first_word": "gt_vision_lab", "idefics_own": "own"}
CHARTS = ORIGINS | {"lm_eval": "lm_eval_harness_mistral_style"}
NORMALISERS = {
    "lmms_eval": "lmms_eval_EvalAIAnswerProcessor",
    "vlmevalkit": "vlmevalkit_process_answer",
    "idefics": "gt_vision_lab_VQANormalizationGtVisionLab",
    "idefics_own": "idefics_own_vqa_normalize_text",
}

pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="the shared folder of vectors is not here")


def cases(name):
    found = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    assert found
    return found


def unparsed(letter):
    """The vectors write "", False or "RANDOM" where no letter was read."""
    return None if letter in ("", False, "RANDOM") else letter


@pytest.mark.parametrize("variant", ORIGINS)
def test_anls(variant):
    for case in cases("anls"):
        score = metrics.anls(case["prediction"], case["references"], variant=variant)
        assert score == pytest.approx(case[ORIGINS[variant]], abs=1e-12), case


@pytest.mark.parametrize("variant", CHARTS)
def test_relaxed_accuracy(variant):
    for case in cases("chartqa_relaxed_accuracy"):
        score = metrics.relaxed_accuracy(case["prediction"], case["target"], variant=variant)
        assert score == case[CHARTS[variant]], case


@pytest.mark.parametrize("variant", ANNOTATED)
def test_vqa_accuracy(variant):
    for case in cases("textvqa_vqa_accuracy"):
        score = metrics.vqa_accuracy(case["prediction"], case["references"], variant=variant)
        assert score == pytest.approx(case[ANNOTATED[variant]], abs=1e-12), case
        text = metrics.vqa_normalised(case["prediction"], variant)
        assert text == case[f"{NORMALISED[variant]}_normalised_prediction"]


@pytest.mark.parametrize("variant", NORMALISERS)
def test_vqa_normaliser(variant):
    for case in cases("vqa_normaliser"):
        assert metrics.vqa_normalised(case["input"], variant) == case[NORMALISERS[variant]], case


def test_mmmu_choice():
    for case in cases("multiple_choice_parsing"):
        prediction, options = case["prediction"], case["options"]
        assert metrics.mmmu_choice(prediction, options) == unparsed(case["mmmu_official_parser"]), case
        assert metrics.mmmu_choice(prediction, options, "vlmevalkit") == unparsed(case["vlmevalkit_can_infer"]), case
        if len(options) == len("ABCD"):
            assert metrics.mmstar_letter(prediction) == unparsed(case["lmms_eval_extract_mcq_answer"]), case


def test_mmmu_open():
    for case in cases("mmmu_open"):
        prediction, gold = case["prediction"], case["gold"]
        assert metrics.mmmu_open(prediction, gold) == case["mmmu_official_eval_open"], case
        assert metrics.mmmu_open(prediction, gold, "idefics") == case["idefics_authors_oe_mmmu"], case


def test_mmstar():
    for case in cases("mmstar"):
        letter = metrics.mmstar_letter(case["prediction"])
        assert letter == unparsed(case["lmms_eval_letter"]), case
        assert (letter == case["answer"]) == case["lmms_eval"], case
        inferred = metrics.mmstar_letter(case["prediction"], "vlmevalkit")
        assert inferred == unparsed(case["vlmevalkit_can_infer_option"]), case


def test_mathvista():
    for case in cases("mathvista"):
        fields = ("question_type", "answer_type", "answer")
        question = metrics.MathVistaQuestion(
            *(case[field] for field in fields), choices=case["choices"] or (), precision=case["precision"]
        )
        score = metrics.mathvista(case["prediction"], question)
        assert score.value == case["score_if_extraction_is_identity"], case
        assert score.answer == case["normalised"], case
        assert score.needs_judge == (case["lmms_eval_extraction"] == "NEEDS_LLM"), case
        score = metrics.mathvista(case["prediction"], question, "vlmevalkit")
        assert score.value == case["vlmevalkit_score_if_extraction_is_identity"], case
        assert score.needs_judge == (case["vlmevalkit_prefetch"] == "False"), case


def test_statistics():
    for case in cases("eval_statistics"):
        if case["fn"] == "paired_ttest":
            expected = case["expected"]
            assert metrics.paired_ttest(case["current"], case["baseline"]) == pytest.approx(expected, abs=1e-12)
        else:
            error = metrics.standard_error(case["scores"], clusters=case.get("cluster_ids"))
            assert error == pytest.approx(case["expected"], abs=1e-12)

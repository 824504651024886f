"""The classifier against a linear model over TF-IDF (scikit-learn), and its language against lingua and py3langid.

The linear model is trained on the very messages that Comptoir's is (tools/model.py), and both are asked about messages
of other origins that neither has seen. It tells the issue and nothing else; Comptoir tells all labels, with evidence.
Times are processor time, so that a busy machine blurs them less.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import py3langid
from lingua import IsoCode639_1, LanguageDetectorBuilder
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

from comptoir import rules
from comptoir.classify import Classifier, build
from comptoir.classify.case import Case
from comptoir.classify.language import Ear, detect
from comptoir.classify.modelfile import load
from comptoir.gold import LANGUAGES, Example, read_example
from comptoir.measures import macro_f1, mean, scores, share

_Asked = TypeVar("_Asked")
_Told = TypeVar("_Told")
DATA = Path(__file__).parent.parent / "tests" / "data"
SHORT = 30  # characters of what is called a short message
TURN = 100  # messages
#: what the detectors may say; Comptoir, too, knows the others well enough to call them unknown
CANDIDATES = ("fr", "en", "zh", "de", "es", "it", "nl", "pt", "pl", "ja", "ko")


def run() -> Iterator[str]:
    """The lines to print."""
    packs = rules.load()
    classifier = build(packs)
    training = [*_messages(packs, "dev"), *_messages(packs, "train"), *_phrases(packs)]
    test = _messages(packs, "test")
    characters = mean([len(example.text) for example in test])
    yield f"{len(training)} messages train the linear model, {len(test)} are asked about ({characters:.0f} characters)"
    yield from _issues(classifier, training, test)
    yield from _languages(packs, test)


def _messages(packs: rules.Packs, folder: str) -> list[Example]:
    files = sorted((DATA / "messages" / folder).glob("*.jsonl"))
    return [read_example(json.loads(line), packs) for file in files
            for line in file.read_text("utf-8").splitlines() if line.strip()]


def _phrases(packs: rules.Packs) -> list[Example]:
    """The taxonomy's phrases, whose lines are older and shorter."""
    lines = (json.loads(line) for line in (DATA / "phrases.jsonl").read_text("utf-8").splitlines())
    return [read_example({"text": one["text"], "gold": {"issue": one["issue"], "language": one["language"]}}, packs)
            for one in lines]


def _issues(classifier: Classifier, training: Sequence[Example], test: Sequence[Example]) -> Iterator[str]:
    gold = [example.gold.issue for example in test]
    model = _model().fit([example.text for example in training], [example.gold.issue for example in training])
    for example in training:
        classifier.read(example.ticket)  # warm: it has met what the other was trained on, and nothing of the test
    ours: list[Case] = []
    theirs: list[str] = []
    seconds = one_by_one = 0.0
    for start in range(0, len(test), TURN):  # by turns, for a machine's speed changes within a minute
        turn = test[start:start + TURN]
        cases, took = _timed(lambda example: classifier.read(example.ticket)[0], turn)
        ours, seconds = ours + cases, seconds + took
        issues, took = _timed(lambda example: str(model.predict([example.text])[0]), turn)
        theirs, one_by_one = theirs + issues, one_by_one + took
    _, in_one_batch = _timed(model.predict, [[example.text for example in test]])
    yield f"\n{'issue':34}{'macro-F1':>10}" + "".join(f"{name:>10}" for name in LANGUAGES) + f"{'us':>10}"
    yield _row("Comptoir", test, [case.issue for case in ours], seconds)
    yield _row("TF-IDF and linear, one by one", test, theirs, one_by_one)
    yield _row("TF-IDF and linear, in one batch", test, theirs, in_one_batch)
    named = share(sum(issue in case.issues for issue, case in zip(gold, ours, strict=True)), len(test))
    yield (f"Comptoir's throughput is {one_by_one / seconds:.1f} times that one by one, "
           f"{in_one_batch / seconds:.1f} times that in one batch")
    yield f"{named:.1%} of Comptoir's cases have the right issue as issue or also"


def _row(title: str, test: Sequence[Example], told: Sequence[str], seconds: float) -> str:
    pairs = [(example.gold.issue, issue) for example, issue in zip(test, told, strict=True)]
    by_language = [_macro_f1(pair for example, pair in zip(test, pairs, strict=True) if example.gold.language == name)
                   for name in LANGUAGES]
    cells = "".join(f"{figure:>10.3f}" for figure in (_macro_f1(pairs), *by_language))
    return f"{title:34}{cells}{seconds / len(test) * 1e6:>10.0f}"


def _macro_f1(pairs: Iterable[tuple[str, str]]) -> float:
    return macro_f1(scores(pairs))


def _model() -> Pipeline:
    """Characters carry Chinese and typing errors, words the rest; the usual choices for short texts."""
    features = make_union(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True, min_df=2),
        TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True),
    )
    return make_pipeline(features, LinearSVC(C=1.0, class_weight="balanced", random_state=0))


def _languages(packs: rules.Packs, test: Sequence[Example]) -> Iterator[str]:
    yield f"\n{'language, both Chinese scripts as one':40}{'whole':>10}{'us':>8}{f'first {SHORT}':>12}{'us':>8}"
    asked = [(example.text, _plain(example.gold.language)) for example in test if example.gold.language]
    for name, ask in _detectors(packs).items():
        cells = ""
        for texts, width in (([text for text, _ in asked], 10), ([text[:SHORT] for text, _ in asked], 12)):
            told, seconds = _timed(ask, texts)
            right = sum(_plain(said) == gold for said, (_, gold) in zip(told, asked, strict=True))
            cells += f"{share(right, len(asked)):>{width}.3f}{share(seconds, len(asked)) * 1e6:>8.0f}"
        yield f"{name:40}{cells}"


def _detectors(packs: rules.Packs) -> dict[str, Callable[[str], str]]:
    ear = Ear(load().words_of)
    codes = [IsoCode639_1.from_str(code) for code in CANDIDATES]
    lingua = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_preloaded_language_models().build()
    py3langid.set_languages(list(CANDIDATES))

    def ask_lingua(text: str) -> str:
        found = lingua.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else "unknown"

    return {
        "Comptoir": lambda text: detect(text, ear).language,
        "lingua": ask_lingua,
        "py3langid": lambda text: str(py3langid.classify(text)[0]),
    }


def _plain(language: str | None) -> str:
    """`fr`, `en`, `zh`, or `unknown` for any other."""
    code = (language or "unknown").partition("_")[0]
    return code if code in ("fr", "en", "zh") else "unknown"


def _timed(ask: Callable[[_Asked], _Told], asked: Sequence[_Asked]) -> tuple[list[_Told], float]:
    """What is told of each, and the processor seconds of all."""
    start = time.process_time()
    told = [ask(one) for one in asked]
    return told, time.process_time() - start

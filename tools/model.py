"""`make model`: train the classifier's model on tests/data, and write plugin/comptoir/classify/data/model.bin.

Linear support vector machines over the features of comptoir.classify.grams, weighted by how rare a feature is: one for
the issue, one for the sender. The same data gives the same file. How sure to be is learnt on other origins: each file
of messages is read once by machines that were trained on the others.

    python tools/model.py [--check] [--with FILE ...]

    --check      only say whether the file is what this data gives
    --with FILE  learn from these too: lines as `comptoir corrections export` gives them, with text or only features
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags
from sklearn.svm import LinearSVC

from comptoir import rules
from comptoir.classify.grams import LETTERS, features, pieces, token
from comptoir.classify.model import SQUARE, ZERO, Head
from comptoir.classify.modelfile import FILE, write
from comptoir.classify.parts import read_parts
from comptoir.classify.topic import named
from comptoir.gold import Example, Gold, read_example
from comptoir.measures import macro_f1, mean, scores

DATA = Path(__file__).parent.parent / "tests" / "data"
#: a line said to another trade's shop, or to a bank, teaches less than one that was written to a marketplace's seller;
#: and a few words less than what people write
OTHER_TRADES, SHORT = ("hint3", "banking77", "bitext"), "short-"
LESS = 0.4
FOLDS = 10  # an origin is in one; one of another trade is spread over all, for there is no second like it
LEAST = 2  # messages that a feature must stand in
OWN = 0.95  # share of a word's messages that one language must have for it to be that language's own
OWN_LEAST = 3  # messages
SEED = 0

Array: TypeAlias = Any  # numpy's, which only `make model` has


@dataclass(frozen=True)
class Line:
    """One message to learn from, and the fold it is read in by machines that have not seen the fold."""

    fold: int
    example: Example
    weight: float

    kept: tuple[str, ...] = ()  # the words and pairs of Chinese characters of a correction whose text is not kept

    @cached_property
    def features(self) -> Counter[str]:
        if self.kept:
            return Counter(feature for kept in self.kept for feature in pieces(kept))
        return features(part.folded for part in read_parts(self.example.ticket))


@dataclass(frozen=True)
class Question:
    """What a head is asked, the answers there are, and where a message's own answer stands."""

    name: str
    labels: tuple[str, ...]
    answer: Callable[[Gold], str | None]

    def asked(self, lines: Sequence[Line]) -> Array:
        """The places of the lines that have an answer."""
        return np.array([at for at, line in enumerate(lines) if self.answer(line.example.gold) in self.labels])

    def right(self, lines: Sequence[Line]) -> Array:
        """The place of each line's answer among the labels; -1 where it has none."""
        answers = [self.answer(line.example.gold) for line in lines]
        return np.array([self.labels.index(answer) if answer in self.labels else -1 for answer in answers])


class Space:
    """The features that are kept, how rare each is, and lines as rows of numbers."""

    def __init__(self, lines: Sequence[Line]) -> None:
        found = Counter(feature for line in lines for feature in line.features)
        self.names = sorted(name for name, count in found.items() if count >= LEAST)
        self._places = {name: place for place, name in enumerate(self.names)}
        counts = np.array([found[name] for name in self.names])
        self.rarity: Array = np.log((1 + len(lines)) / (1 + counts)) + 1
        self.squares: Array = np.minimum(255, np.round(self.rarity ** 2 / SQUARE)).astype(np.uint8)
        self._letters = np.array([name[0] == LETTERS for name in self.names])

    def rows(self, lines: Sequence[Line]) -> csr_matrix:
        """Each line's features by their rarity, divided by the root of the sum of their squares, as Model does it.

        Words and letters are divided each by their own.
        """
        places: list[int] = []
        counts: list[float] = []
        starts = [0]
        for line in lines:
            for name, count in line.features.items():
                if (place := self._places.get(name)) is not None:
                    places.append(place)
                    counts.append(float(count))
            starts.append(len(places))
        raw = csr_matrix((counts, places, starts), shape=(len(lines), len(self.names)))
        result = csr_matrix(raw.shape)
        for kind in (self._letters, ~self._letters):
            length = np.sqrt(np.maximum(raw @ (self.squares * SQUARE * kind), 1e-9))
            result += diags(1 / length) @ raw @ diags(self.rarity * kind)
        return result


@dataclass(frozen=True)
class Machine:
    """One question's weights: a row for each label."""

    question: Question
    weights: Array
    bias: Array

    def scores(self, rows: csr_matrix) -> Array:
        found: Array = rows @ self.weights.T + self.bias
        return found


def learn(question: Question, rows: csr_matrix, lines: Sequence[Line]) -> Machine:
    """Every label counts alike, however many lines it has."""
    asked = question.asked(lines)
    right, weights = question.right(lines)[asked], np.array([lines[at].weight for at in asked])
    of_label = np.bincount(right, weights, len(question.labels))
    weights = weights * weights.sum() / len(question.labels) / of_label[right]
    machine = LinearSVC(C=1.0, random_state=SEED).fit(rows[asked], right, sample_weight=weights)
    return Machine(question, machine.coef_, machine.intercept_)


def unseen(questions: Sequence[Question], lines: Sequence[Line]) -> Mapping[str, Array]:
    """Each question's scores of every line, by machines that have not seen the line's fold."""
    found = {question.name: np.zeros((len(lines), len(question.labels))) for question in questions}
    for fold in sorted({line.fold for line in lines}):
        others = [line for line in lines if line.fold != fold]
        here = [at for at, line in enumerate(lines) if line.fold == fold]
        space = Space(others)
        learnt, asked = space.rows(others), space.rows([lines[at] for at in here])
        for question in questions:
            found[question.name][here] = learn(question, learnt, others).scores(asked)
    return found


def softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Array = powers / powers.sum(axis=1, keepdims=True)
    return result


def sharpen(scores: Array, right: Array) -> float:
    """The sharpness under which the right answers are the most probable."""
    def cost(log: Array) -> float:
        probable = softmax(scores * np.exp(log[0]))[np.arange(len(right)), right]
        return float(-np.log(probable + 1e-12).mean() + 1e-3 * log[0] ** 2)  # the square: all right is no infinity

    return round(float(np.exp(minimize(cost, [1.0], method="Nelder-Mead").x[0])), 4)


def curve(probabilities: Array, right: Array, weights: Array) -> tuple[float, float]:
    """The logistic curve that makes confidences of probabilities."""
    odds = np.log(np.clip(probabilities, 1e-9, 1) / np.clip(1 - probabilities, 1e-9, 1))

    def cost(ab: Array) -> float:
        sure = 1 / (1 + np.exp(-(ab[0] + ab[1] * odds)))
        cost = -np.where(right, np.log(sure + 1e-12), np.log(1 - sure + 1e-12))
        return float(np.average(cost, weights=weights) + 1e-4 * (ab ** 2).sum())

    a, b = minimize(cost, [0.0, 1.0], method="Nelder-Mead").x
    return round(float(a), 4), round(float(b), 4)


def head(machine: Machine, first: int, scored: Array, lines: Sequence[Line]) -> Head:
    """The machine's labels with how sure to be of them; prints what was measured on the way."""
    question = machine.question
    asked = question.asked(lines)
    found, right = scored[asked], question.right(lines)[asked]
    sharpness = sharpen(found, right)
    probable = softmax(found * sharpness)
    told = probable.argmax(axis=1)
    several = [[question.labels.index(label) for label in named(list(row), question.labels)] for row in probable]
    together = np.array([row[some].sum() for row, some in zip(probable, several, strict=True)])
    among = np.array([place in some for place, some in zip(right, several, strict=True)])
    weights = np.array([lines[at].weight for at in asked])
    pairs = [(question.labels[a], question.labels[b]) for a, b in zip(right, told, strict=True)]
    print(f"{question.name}, read by machines that have not seen the origin: {(told == right).mean():.3f} right, "
          f"macro-F1 {macro_f1(scores(pairs)):.3f}, {among.mean():.3f} named, with "
          f"{mean([len(some) - 1 for some in several]):.2f} told beside it")
    return Head(question.labels, first, tuple(round(float(one), 5) for one in machine.bias), sharpness,
                curve(probable.max(axis=1), told == right, weights), curve(together, among, weights))


def own_words(lines: Sequence[Line]) -> Mapping[str, Sequence[str]]:
    """The words that only one language's messages have, of those in Latin letters."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        for part in read_parts(line.example.ticket):
            for word in {*map(token, part.words.written)}:
                if word.isalpha() and len(word) > 1:
                    found[word][line.example.gold.language or ""] += 1
    return {language: sorted(word for word, count in found.items()
                             if count[language] >= max(OWN_LEAST, OWN * count.total()))
            for language in ("fr", "en")}


def main(arguments: Sequence[str]) -> int:
    packs = rules.load()
    lines = [*read_lines(packs), *corrections(packs, arguments)]
    print(f"{len(lines)} messages in {len({line.fold for line in lines})} folds")
    questions = (Question("issue", packs.issue_codes, lambda gold: gold.issue),
                 Question("sender", tuple(packs.senders), lambda gold: gold.sender))
    space = Space(lines)
    rows = space.rows(lines)
    machines = [learn(question, rows, lines) for question in questions]
    scored = unseen(questions, lines)
    heads: dict[str, Head] = {}
    for machine in machines:
        first = sum(len(one.labels) for one in heads.values())
        heads[machine.question.name] = head(machine, first, scored[machine.question.name], lines)
    weights = np.vstack([machine.weights for machine in machines]).T * space.rarity[:, None]
    scale = float(np.quantile(np.abs(weights), 0.9999)) / 127
    table = np.hstack([np.clip(np.round(weights / scale), -127, 127) + ZERO, space.squares[:, None]]).astype(np.uint8)
    packed = write(heads, scale, space.names, table.tobytes(), own_words(lines), digest(training_files()))
    return keep(packed, only_check="--check" in arguments)


def keep(packed: bytes, *, only_check: bool) -> int:
    """Write the file, or only compare it."""
    file = Path(str(FILE))
    same = file.exists() and file.read_bytes() == packed
    print(f"{len(packed) / 1e6:.2f} MB, {'the same file' if same else 'another file'}")
    if only_check:
        return 0 if same else 1
    file.write_bytes(packed)
    return 0


def training_files() -> list[Path]:
    """What may be learnt from: never tests/data/messages/test, nor heldout.jsonl."""
    folders = [DATA / "messages" / name for name in ("dev", "train")]
    found = sorted((file for folder in folders for file in folder.glob("*.jsonl")), key=lambda file: file.name)
    return [*found, DATA / "phrases.jsonl"]


def digest(files: Sequence[Path]) -> str:
    """SHA-256 of files, by name: a test compares it with what the shipped model was trained on."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def corrections(packs: rules.Packs, arguments: Sequence[str]) -> Iterator[Line]:
    """The lines of the files behind `--with`; what has no issue is left out."""
    files = [Path(name) for before, name in pairwise(arguments) if before == "--with"]
    for file in files:
        for text in file.read_text("utf-8").splitlines():
            data = json.loads(text)
            if not data["gold"].get("issue"):
                continue
            kept = tuple(data.pop("features", ()))
            example = read_example({"text": " ", **data} if kept else data, packs)
            yield Line(0, example, 1.0, kept)


def read_lines(packs: rules.Packs) -> Iterator[Line]:
    *files, _ = training_files()
    for number, file in enumerate(files):
        other_trade = file.stem.endswith(OTHER_TRADES)
        weight = LESS if other_trade or file.stem.startswith(SHORT) else 1.0
        for at, line in enumerate(file.read_text("utf-8").splitlines()):
            yield Line((at if other_trade else number) % FOLDS, read_example(json.loads(line), packs), weight)
    for line in (DATA / "phrases.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        sender = "platform" if one["platform"] else "buyer"
        gold = {"issue": one["issue"], "language": one["language"], "sender": sender}
        yield Line(len(files) % FOLDS, read_example({"text": one["text"], "gold": gold}, packs), 1.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

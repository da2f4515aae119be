"""The tree of errors: what its docstring draws is what there is."""

from __future__ import annotations

import pickle
import re

import pytest

from vinpaint.core import errors

CLASSES = [c for c in vars(errors).values() if isinstance(c, type)]
LEAVES = [c for c in CLASSES if c is not errors.VinpaintError]


def test_the_docstring_draws_every_error_and_no_other() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")
    assert sorted(drawn) == sorted(c.__name__ for c in LEAVES)


@pytest.mark.parametrize("kind", LEAVES)
def test_every_error_is_caught_as_a_vinpaint_error_and_keeps_its_sentence(
    kind: type[errors.VinpaintError],
) -> None:
    with pytest.raises(errors.VinpaintError) as caught:
        raise kind("one plain line")
    assert str(caught.value) == "one plain line"


@pytest.mark.parametrize("kind", CLASSES)
def test_errors_cross_a_process_border(kind: type[errors.VinpaintError]) -> None:
    again = pickle.loads(pickle.dumps(kind("one plain line")))
    assert type(again) is kind
    assert str(again) == "one plain line"

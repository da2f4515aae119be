"""Recognise text in one picture with RapidOCR (PP-OCRv6 small; the weights are in the package).

Source: Cui et al., "PaddleOCR 3.0 Technical Report", 2025; https://github.com/RapidAI/RapidOCR.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from vinpaint.core import Box, Frames, MissingError

R = TypeVar("R")

SIDE_PX = 960
"""Maximum longer side of the input; larger pictures are shrunk."""


@dataclass(frozen=True)
class OcrLine:
    """One line of text in a picture. box: in pixels; score: confidence, 0 to 1."""

    text: str
    box: Box
    score: float


class TextReader:
    """Detects and recognises text. Loading the models takes about a second."""

    def __init__(self) -> None:
        """Load the models. Raises MissingError if the package or its weights are missing."""
        self._engine = _engine()

    def read(self, image: Frames) -> tuple[OcrLine, ...]:
        """Return all lines of text in an (H, W, 3) uint8 RGB picture, from top to bottom."""
        height, width = image.shape[:2]
        scale = min(1.0, SIDE_PX / max(height, width))
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found = self._engine(np.ascontiguousarray(image[..., ::-1]))
        if found.boxes is None or not found.txts:
            return ()
        lines = zip(found.txts, found.boxes, found.scores, strict=True)
        return tuple(
            OcrLine(text.strip(), box, float(score))
            for text, corners, score in lines
            if (box := _box(np.asarray(corners) / scale).intersection(Box(0, 0, width, height)))
        )


def run_interruptible(work: Callable[[], R], heartbeat: Callable[[], None]) -> R:
    """Return `work()`, computed in a thread, while `heartbeat` is called about ten times a second.

    `heartbeat` may raise to stop waiting. The work itself cannot be interrupted (recognition takes
    seconds on a busy machine): it continues in the background, and its result is discarded.
    """
    pool = ThreadPoolExecutor(1)
    try:
        future = pool.submit(work)
        while not wait([future], timeout=0.1).done:
            heartbeat()
        return future.result()
    finally:
        pool.shutdown(wait=False)


def _box(corners: np.ndarray[Any, Any]) -> Box:
    x0, y0 = np.floor(corners.min(axis=0)).astype(int)
    x1, y1 = np.ceil(corners.max(axis=0)).astype(int)
    return Box(int(x0), int(y0), int(x1), int(y1))


def _engine() -> Any:
    """Load RapidOCR with explicit weight files, so that it never tries to download them."""
    try:
        import rapidocr
    except ImportError as error:
        raise MissingError(
            "finding captions needs the package rapidocr, and it cannot be loaded here "
            f"({error}); run: pip install -r requirements.txt"
        ) from error
    models = Path(rapidocr.__file__).parent / "models"
    weights = {name: models / f"PP-OCRv6_{name}_small.onnx" for name in ("det", "rec")}
    missing = [path.name for path in weights.values() if not path.is_file()]
    if missing:
        raise MissingError(
            f"the package rapidocr is installed without its weights {' and '.join(missing)}; "
            "install it again: pip install --force-reinstall --no-deps 'rapidocr>=3.10,<3.11'"
        )
    return rapidocr.RapidOCR(
        params={
            "Det.model_path": str(weights["det"]),
            "Rec.model_path": str(weights["rec"]),
            "Det.limit_type": "max",
            "Det.limit_side_len": SIDE_PX,
            "Global.use_cls": False,  # no detection of rotated text: captions are upright
            "Global.log_level": "error",
        }
    )

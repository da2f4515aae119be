"""Find what a repair left of the removed object: parts that the mask lacks, its shadow, itself.

- `scan_window.py` holds small frames of a shot, and the motion of camera and object.
- `attached.py` finds what touches the hole, differs from the background, and belongs to the object.
- `escaped.py` follows the object's pixels to where they lie outside the hole.
- `object_cues.py` tells for every pixel how much it looks like the object.
- `mask_delay.py` finds masks that are late or early, `dropped_parts.py` parts that a mask drops and
  takes up again, `likely_places.py` where the object is then.
- `findings.py` combines them with the shadow and reflection, which imaging.effects finds.
- `scan.py` reads the clip, and returns a `core.Leftover`.

The limits were chosen on one half of real clips and made scenes, and tested on the other
(bench/leftover.py).
"""

from vinpaint.quality.leftover.scan import find_leftover

__all__ = ["find_leftover"]

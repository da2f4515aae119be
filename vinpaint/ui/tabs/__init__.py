"""The five tabs (Clip, Mask, Tune, Fill, Result) and the panels inside them."""

"""Speed, memory and quality, against named baselines, in one run: `make bench`."""

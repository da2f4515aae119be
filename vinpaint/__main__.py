"""`python -m vinpaint` is the command line."""

from vinpaint.cli import main

if __name__ == "__main__":
    main()

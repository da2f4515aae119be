"""`vinpaint models`: what learned weights there are, fetching them, and where they lie."""

from __future__ import annotations

from typing import Annotated

import typer

from vinpaint.cli.progress import Bar

models_app = typer.Typer(
    name="models",
    help="Learned weights: list them, fetch them, say where they lie. None is fetched unasked.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@models_app.command("list", epilog="Example:  vinpaint models list")
def list_models() -> None:
    """Say what there is, what it weighs, and whether it is here."""
    from vinpaint import models

    for entry in models.WEIGHTS.values():
        here = "here" if models.present(entry.name) else "not here"
        use = "" if entry.commercial else ", not for commercial use"
        print(f"{entry.name:24} {here:10} {models.facts_in_words(entry)}{use}: {entry.purpose}")


@models_app.command(epilog="Example:  vinpaint models fetch sam2.1-hiera-tiny")
def fetch(
    name: Annotated[str, typer.Argument(help="A name from `vinpaint models list`.")],
    progress: Annotated[
        bool, typer.Option("--progress", help="Tell progress in any case.")
    ] = False,
) -> None:
    """Download weights; goes on from where a broken download stopped."""
    from vinpaint import models

    with Bar(always=progress) as bar:
        folder = models.fetch(name, progress=bar.update)
    print(f"{models.facts_in_words(models.weights_of(name))}: {folder}")


@models_app.command(epilog="Example:  vinpaint models where")
def where() -> None:
    """Say in which folders weights are looked for, and what lies where."""
    from vinpaint import models

    given = models.given_folder()
    print(f"{'VINPAINT_MODELS':24} {given or 'not set'}")
    print(f"{'fetched weights':24} {models.own_folder()}")
    for name in models.WEIGHTS:
        print(f"{name:24} {models.path_of(name) or 'not here'}")

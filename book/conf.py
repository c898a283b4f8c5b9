"""Sphinx settings for a plain `sphinx-build`: those of _config.yml, read by Jupyter Book."""

from pathlib import Path

from jupyter_book.config import get_final_config

here = Path(__file__).parent
settings, _ = get_final_config(
    user_yaml=here.parent / "_config.yml",
    sourcedir=here,
    cli_config={"latex_individualpages": False, "external_toc_path": "_toc.yml"},
)
globals().update(settings)

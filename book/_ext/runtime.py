"""The role {runtime}`page`: seconds, rounded up, that a page took to execute (a cached one: in the run kept)."""

import math

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

LOGGER = logging.getLogger(__name__)


class Runtime(nodes.Inline, nodes.Element):
    """Stands for the seconds until every page is read."""


class RuntimeRole(SphinxRole):
    def run(self):
        NbMetadataCollector.set_doc_data(self.env, self.env.docname, "shows_runtime", True)
        return [Runtime(page=self.text)], []


class ResolveRuntimes(SphinxPostTransform):
    default_priority = 8  # myst-nb's own table of run times is resolved here

    def run(self, **kwargs):
        for node in list(self.document.findall(Runtime)):
            found = NbMetadataCollector.get_doc_data(self.env).get(node["page"], {}).get("exec_data")
            if not found:
                LOGGER.warning("runtime: not executed: %s", node["page"], location=self.env.docname)
            node.replace_self(nodes.Text(math.ceil(found["runtime"]) if found else "?"))


def pages_that_show(app, env):
    """To be written again: another page, whose time they show, may have been executed."""
    return [page for page, data in NbMetadataCollector.get_doc_data(env).items() if "shows_runtime" in data]


def setup(app):
    app.add_role("runtime", RuntimeRole())
    app.add_post_transform(ResolveRuntimes)
    app.connect("env-updated", pages_that_show)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

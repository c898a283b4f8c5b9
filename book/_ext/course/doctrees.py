"""Pages that others refer to are read once: Sphinx unpickles a page anew for every number that leads to it."""

import functools

from sphinx.domains.std import StandardDomain


@functools.cache  # a build has one environment
def reader(env):
    """A function from a page's name to its doctree as it was read, for looking only: all who ask get the same one."""
    return functools.cache(env.get_doctree)


class Reading:
    """An environment whose doctrees are those of `reader`."""

    def __init__(self, env):
        self.env, self.get_doctree = env, reader(env)

    def __getattr__(self, name):
        return getattr(self.env, name)


class Domain(StandardDomain):
    def _resolve_numref_xref(self, env, *arguments):
        return super()._resolve_numref_xref(Reading(env), *arguments)

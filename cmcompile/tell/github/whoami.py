"""Who the token belongs to: only what that account wrote is changed."""

from __future__ import annotations

from cmcompile.tell.api import Api
from cmcompile.tell.errors import NotAllowedError
from cmcompile.tell.shape import row, text

#: How the login of an app ends.
BOT = "[bot]"


def us(api: Api, graph: Api) -> str:
    """Return the login of the token's owner.

    A token of an app, such as the one that GitHub Actions gives a job, may not ask for ``/user`` (403); the
    GraphQL interface tells it who it is.

    Parameters
    ----------
    graph
        The GraphQL interface.

    Raises
    ------
    NotAllowedError
        When GitHub tells neither.
    """
    try:
        found = text(row(api.get("/user"), "a user"), "login")
    except NotAllowedError as error:
        if " 401 " in str(error):
            raise
        found = ""
    if not found:
        answer = graph.repeat("", {"query": "query { viewer { login } }"})
        found = text(row(answer, "a viewer"), "data", "viewer", "login")
    if not found:
        raise NotAllowedError("GitHub does not say whose token this is: name the login with --as LOGIN")
    return found


def graphql(base: str) -> str:
    """Return the address of the GraphQL interface: ``/api/graphql`` beside ``/api/v3``, else ``/graphql``."""
    return f"{base.rstrip('/').removesuffix('/v3')}/graphql"


def is_us(author: str, kind: str, login: str) -> bool:
    """Tell whether an account is ours.

    Parameters
    ----------
    author, kind
        The login as REST says it, and ``User`` or ``Bot``.
    login
        Ours; of an app it may lack the ending ``[bot]``, as GraphQL has it.
    """
    if author.lower() == login.lower():
        return True
    return kind == "Bot" and author.lower().removesuffix(BOT) == login.lower().removesuffix(BOT)

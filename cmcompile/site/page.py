"""The one page of a site; scripts fill it."""

from __future__ import annotations

from collections.abc import Sequence

#: What a page may load: its own scripts and style sheets; no inline ones, nothing from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
#: Loaded first, before anything is painted; and last, when all others are there.
FIRST, LAST = "theme.js", "start.js"

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Campaigns</title>
<link rel="stylesheet" href="static/site.css">
<script src="static/{first}"></script>
</head>
<body>
<a class="skip" href="#main" id="skip">Skip to the content</a>
<header class="top">
<nav id="crumbs" aria-label="Where you are"></nav>
<form id="find" role="search" class="find">
<label for="query" class="hidden">Search groups by name or data id</label>
<input id="query" type="search" autocomplete="off" spellcheck="false"
 placeholder="group, visit:1145348, tract:4848">
<kbd aria-hidden="true">/</kbd>
</form>
<div class="tools">
<button type="button" id="theme" class="plain"></button>
<button type="button" id="help" class="plain" aria-label="Keyboard">?</button>
</div>
</header>
<main id="main" tabindex="-1"><p class="quiet">Loading…</p></main>
<footer id="foot" class="foot"></footer>
<div id="said" class="hidden" role="status" aria-live="polite"></div>
<dialog id="keys" aria-labelledby="keys-title"></dialog>
<noscript><p class="note">This page shows data that stand beside it in <code>data/</code>, by scripts of its
own; with scripts switched off there is nothing to see. <code>README.md</code> on the ledger's branch has the
totals.</p>
</noscript>
{scripts}
<script src="data/index.js"></script>
<script src="static/{last}"></script>
</body>
</html>
"""


def page(static: Sequence[str]) -> bytes:
    """Return ``index.html``.

    Parameters
    ----------
    static
        The names of all files beside it; scripts are loaded in this order but for the first and last.
    """
    names = [name for name in static if name.endswith(".js") and name not in (FIRST, LAST)]
    scripts = "\n".join(f'<script src="static/{name}"></script>' for name in names)
    return _PAGE.format(policy=POLICY, first=FIRST, last=LAST, scripts=scripts).encode()

"""Rules 4, 5, 6: names in braces that lead nowhere, or in a circle, and braces that can't be read."""

from __future__ import annotations

from cmcompile.bps.defaults import DEFAULT_NAMES, RUNTIME, TEMPLATE_NAMES, TEMPLATES
from cmcompile.bps.keys import SECTIONS, nearest
from cmcompile.bps.resolve import Filled, Search, Trouble
from cmcompile.bps.rules.braces import report
from cmcompile.bps.view import Text, View, entries
from cmcompile.model.codes import bps as codes
from cmcompile.model.resolved import Branch


def check(view: View) -> None:
    """Report names that nothing defines, circles, and lone braces."""
    somewhere = _names_of_bodies(view)
    known = somewhere | _names(view.tree) | RUNTIME | DEFAULT_NAMES
    circles: set[frozenset[str]] = set()
    for text in view.texts:
        if text.is_free or text.path[0] == "customJob" or ("{" not in text.value and "}" not in text.value):
            continue
        search = _context(view, text)
        filled = search.fill(text.value, _start(search, text))
        if filled.trouble in (Trouble.CYCLE, Trouble.ENDLESS):
            if frozenset(filled.cycle) not in circles:
                circles.add(frozenset(filled.cycle))
                _circle(view, search, text, filled)
        elif filled.trouble is Trouble.BRACE:
            report(view.document, text.path, text.span, filled.problem or "", view.findings)
        elif filled.trouble is None:
            for name in _undefined(text, filled, somewhere):
                _undefined_name(view, text, name, known)


def _context(view: View, text: Text) -> Search:
    section, own = "", None
    parent = view.tree.get(*text.path[:-1]) if len(text.path) > 1 else None
    if text.path[0] in SECTIONS and len(text.path) > 2:
        section = text.path[0]
        own = parent if text.path[-2] == "environment" else None
    elif text.path[0] not in ("payload", *SECTIONS):
        own = parent
    label = text.path[1] if section else ""
    return view.search(section, label, own if isinstance(own, Branch) else None)


def _start(search: Search, text: Text) -> tuple[str, ...]:
    # The text is on its own way only if a search for its key ends at it.
    found = search.find(text.path[-1])
    mine = found is not None and found.origin.span is not None and found.origin.span == text.span
    return (text.path[-1],) if mine else ()


def _circle(view: View, search: Search, text: Text, filled: Filled) -> None:
    found = search.find(filled.cycle[0])
    span = found.origin.span if found is not None else text.span
    message = f"`{text.name}` can't be filled in: {filled.problem}"
    hint = "a key can't use its own name: BPS finds this value again; give one of the two another name"
    view.report(codes.NAME_CYCLE, span, message, hint)


def _undefined(text: Text, filled: Filled, somewhere: frozenset[str]) -> list[str]:
    allowed = TEMPLATE_NAMES if text.path[-1] in TEMPLATES else frozenset[str]()
    if text.path[0] != "payload":
        allowed |= somewhere  # it is filled in for a task, a cluster, a site: there the name may be set
    return [name for name in filled.missing if name not in allowed]


def _undefined_name(view: View, text: Text, name: str, known: frozenset[str]) -> None:
    if name == "payloadName":
        return  # CM112 says it
    near = nearest(name, known)
    if not near and view.unreadable and name.isidentifier():
        where = ", ".join(sorted({include.text for include in view.unreadable}))
        message = f"`{text.name}`: nothing here defines {{{name}}}; {where} may"
        view.report(codes.MAYBE_IN_INCLUDE, text.span, message, f"define {name} here to be sure")
        return
    message = f"`{text.name}`: nothing defines {{{name}}}, and BPS puts an empty text for it"
    if near:
        hint = f"did you mean {{{near}}}?"
    elif not name.isidentifier():
        hint = f"to keep the braces, write {{{{{name}}}}}"
    else:
        hint = f"define {name} at root or under payload, or use ${{{{ }}}} for a value of the campaign"
    view.report(codes.UNDEFINED_NAME, text.span, message, hint)


def _names(node: Branch) -> frozenset[str]:
    payload = node.get("payload")
    names = {key for key, _ in entries(node)}
    if isinstance(payload, Branch):
        names |= {key for key, _ in entries(payload)}
    return frozenset(names)


def _names_of_bodies(view: View) -> frozenset[str]:
    found = [body for section in SECTIONS for _, body in view.bodies(section)]
    found += [value for _, value in entries(view.tree)]
    return frozenset(key for body in found if isinstance(body, Branch) for key, _ in entries(body))

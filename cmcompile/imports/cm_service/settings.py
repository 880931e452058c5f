"""What is filled in when cm-service loads a campaign: ``${NAME}``, and fields that say MUST_OVERRIDE."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cmcompile.imports.names import var_name
from cmcompile.imports.tree import literal

MUST_OVERRIDE = "MUST_OVERRIDE"
#: The var of the stack's version, which an import makes itself.
RELEASE = "release"
_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)\}")
#: Stands for a setting in a text until it is known whether the text may hold an expression.
_MARK = "\x02"
_MARKED = re.compile(f"{_MARK}(\\w+){_MARK}")


@dataclass(slots=True)
class Settings:
    """The values given for names, and which were used or lacking.

    Attributes
    ----------
    used
        Names that a text with an expression used: these become vars.
    touched
        Names that something asked for.
    lacking
        Fields that must be set and are not.
    """

    given: Mapping[str, str]
    used: dict[str, None] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    lacking: dict[str, None] = field(default_factory=dict)

    def marked(self, text: str) -> str:
        """Return a text of a source with a mark for each setting in it; other ``${X}`` are left to BPS."""

        def one(found: re.Match[str]) -> str:
            name = found[1]
            if name not in self.given:
                return found[0]
            self.touched.add(name)
            return f"{_MARK}{name}{_MARK}"

        return _REFERENCE.sub(one, text)

    def lack(self, text: str) -> str:
        """Note each ``${NAME}`` of a text that was not set; those of folders of packages are for BPS."""
        self.lacking.update(dict.fromkeys(name for name in references(text) if not name.endswith("_DIR")))
        return text

    def take(self, name: str) -> str:
        """Return what is given for a name; empty where nothing is."""
        self.touched.add(name)
        return self.given.get(name, "")

    def required(self, key: str, value: object) -> object:
        """Return the value of a field; the setting of its name where it says that it must be overridden."""
        if value != MUST_OVERRIDE:
            return value
        if key in self.given:
            self.touched.add(key)
            return f"{_MARK}{key}{_MARK}"
        self.lacking[key] = None
        return value

    def value(self, text: str) -> str:
        """Return a text with the settings themselves in it."""
        return _MARKED.sub(lambda found: self.given[found[1]], text)

    def expressed(self, text: str) -> str:
        """Return a text of a source with an expression for each setting, and for nothing else."""
        return self.named(literal(text))

    def named(self, text: str) -> str:
        """Return a text with an expression for each setting that is still a mark; the rest stays."""

        def one(found: re.Match[str]) -> str:
            self.used[found[1]] = None
            return f"${{{{ {_var(found[1])} }}}}"

        return _MARKED.sub(one, text)

    def variables(self) -> dict[str, str]:
        """Return the vars of the settings that texts use."""
        return {_var(name): self.given[name] for name in self.used}

    def unused(self) -> list[str]:
        """Return the settings that nothing asked for."""
        return [name for name in self.given if name not in self.touched]


def _var(name: str) -> str:
    return f"v_{name}" if name == RELEASE else var_name(name)


def references(text: str) -> list[str]:
    """Return the names of ``${NAME}`` in a text."""
    return _REFERENCE.findall(text)

"""Trees of submit files as people leave them: compiled from random campaigns, then edited by hand."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import yaml

from cmcompile.compiler.compile import compile_spec
from cmcompile.imports.bps.lists import ListFile
from cmcompile.imports.memory import MemoryFiles
from cmcompile.model.diagnostic import Severity
from cmcompile.spec.load import load

_SPEC = "campaigns/c/campaign.yaml"
_RANGES = [
    "{d} >= ${{{{ lo }}}} and {d} <= ${{{{ hi }}}}",
    "({d}>=${{{{ lo }}}} and {d}<=${{{{ hi }}}})",
    "{d} > ${{{{ lo - 1 }}}} AND {d} < ${{{{ hi + 1 }}}}",
    "{d} in (${{{{ lo }}}}..${{{{ hi }}}})",
    "{d} in (${{{{ ids | join(', ') }}}})",
    "{d} IN (${{{{ ids | join(',') }}}})",
]
_VALUES: list[object] = [
    1, 0, -3, 2.5, True, False, "x y", "a: b", "{payloadName}/x", "${HOME}/y", "it's", 'say "hi"',
    [1, "two", {"three": 3}], [], {}, "v24_0_0", "w_2024_10", "DM-12345", "two\nlines\n", "é ü", "null",
    "1e3", "010", "${{ not ours }}", "yes", {"deep": {"er": 1}}, "# no comment", " leading",
]  # fmt: skip
_KEYS = ["requestMemory", "numberOfRetries", "computeSite", "queue", "myOwn", "odd key", "environment"]


class Maker:
    """Makes one tree.

    Attributes
    ----------
    files
        The files, by path.
    lists
        The lists that the groups were cut from.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.lists: list[ListFile] = []
        self.files: dict[str, bytes] = {}
        self.beside: dict[str, bytes] = {}

    def make(self) -> dict[str, bytes]:
        """Return the files of a tree."""
        pick = self.random
        steps = {f"step{n}": self._step(n) for n in range(1, pick.randint(1, 3) + 1)}
        spec: dict[str, object] = {
            "cmcompile": 1,
            "campaign": "c",
            "where": "instrument='HSC' and skymap='hsc'",
            "bps": self._bps(),
            "steps": steps,
        }
        if self.lists:
            spec["lists"] = {
                one.name: {"file": one.path, **({"columns": list(one.columns)} if one.columns else {})}
                for one in self.lists
            }
        self._compile(spec)
        for _ in range(pick.choice([0, 1, 2, 3, 6])):
            self._edit()
        return self.files

    def _bps(self) -> dict[str, object]:
        pick = self.random
        bps: dict[str, object] = {
            "project": "p",
            "campaign": pick.choice(["HSC/${{ step.name }}", "w_2024_10/DM-50001"]),
            "pipelineYaml": "${DRP_PIPE_DIR}/pipelines/DRP.yaml#${{ step.name }}",
            "payload": {
                "payloadName": "p",
                "butlerConfig": "/repo/main",
                "inCollection": "HSC/defaults",
                "output": pick.choice(
                    ["u/{operator}/{campaign}", "HSC/runs/${{ step.name }}/${{ group.id }}"]
                ),
            },
        }
        for _ in range(pick.randint(0, 3)):
            bps[pick.choice(_KEYS)] = self._value()
        if pick.random() < 0.5:
            self.beside["memory.yaml"] = b"pipetask:\n  isr: {requestMemory: 4096}\n"
            bps["includeConfigs"] = ["${CTRL_BPS_DIR}/x.yaml", "memory.yaml"]
        return bps

    def _value(self) -> object:
        value = self.random.choice(_VALUES)
        # PyYAML writes some texts without quotes that the reader of specs wants to have in quotes.
        return "plain" if isinstance(value, str) and ("${{" in value or value == "1e3") else value

    def _step(self, number: int) -> dict[str, object]:
        pick = self.random
        axes = pick.sample(["visit", "detector", "tract", "band"], pick.choice([0, 1, 1, 1, 2, 2]))
        split = [self._axis(name, most=30 if not at else 6) for at, name in enumerate(axes)]
        step: dict[str, object] = {"split": split} if split else {}
        file = [f"step{number}/"]
        for axis in split:
            name = axis["by"]
            ways = ["{n}.n"] if len(axis) > 2 else ["{n}.value"]
            if name != "band" and len(axis) > 2:
                ways += ["{n}.lo", "{n}.n"]
            file.append(f"_{name}${{{{ {pick.choice(ways).format(n=name)} }}}}")
        step["file"] = (
            "".join(["".join(file[:1]), f"s{number}", *file[1:], ".yaml"])
            if pick.random() < 0.8
            else f"step{number}/${{{{ group.id }}}}.yaml"
        )
        step["bps"] = {pick.choice(_KEYS): self._value()}
        if split and pick.random() < 0.5:
            step["overrides"] = [
                {"groups": {str(split[0]["by"]): self._keys(split[0])}, "bps": {"queue": "q"}}
            ]
        if split and pick.random() < 0.4:
            step["rescues"] = {
                "rescue": {
                    "groups": {str(split[0]["by"]): self._keys(split[0])},
                    **({"split": [split[0]["by"]]} if pick.random() < 0.4 else {}),
                    "file": f"step{number}_rescue/r_${{{{ group.id | replace('.', '_') }}}}.yaml",
                    "bps": {"extraQgraphOptions": "--skip-existing-in HSC/runs"},
                }
            }
        return step

    def _keys(self, axis: dict[str, object]) -> object:
        if axis["by"] == "band":
            return "r"
        return 1 if len(axis) > 2 else self._first

    def _axis(self, name: str, most: int) -> dict[str, object]:
        pick = self.random
        if name == "band":
            return {"by": "band", "values": ["g", "r", "i"]}
        ids = sorted(pick.sample(range(1, 4000), pick.randint(5, most)))
        self._first = ids[0]
        axis: dict[str, object] = {"by": name}
        if pick.random() < 0.5:
            label = f"{name}s{len(self.lists)}"
            rows = "".join(f"{i}\n" for i in ids)
            self.lists.append(ListFile(label, f"lists/{label}.txt", rows.encode(), (name,)))
            axis["list"] = label
        else:
            axis["values"] = f"{ids[0]}..{ids[0] + len(ids)}" if pick.random() < 0.5 else ids
        way = pick.choice(["size", "count", "ranges", "each"])
        if way == "size":
            axis["size"] = pick.randint(1, 7)
        elif way == "count":
            axis["count"] = pick.randint(1, 6)
        elif way == "ranges":
            middle = ids[len(ids) // 2]
            axis["ranges"] = [[ids[0], middle], [middle + 1, ids[-1]]]
        if pick.random() < 0.7 and way != "each":
            axis["where"] = pick.choice(_RANGES).format(d=name)
        return axis

    def _compile(self, spec: dict[str, object]) -> None:
        base = "campaigns/c"
        text = yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, default_flow_style=None)
        given = {f"{base}/{one.path}": one.data for one in self.lists}
        given |= {f"{base}/{path}": data for path, data in self.beside.items()}
        found, findings = load(MemoryFiles({_SPEC: text.encode(), **given}), _SPEC)
        assert found is not None, [f.message for f in findings if f.severity is Severity.ERROR]
        result = compile_spec(found)
        self.files = {group.path: group.data for group in result.groups}
        self.files |= {path: file.data for path, file in result.includes.items()}

    def _edit(self) -> None:
        submits = sorted(p for p, data in self.files.items() if b"pipelineYaml" in data)
        if not submits:
            return
        path = self.random.choice(submits)
        edits: list[Callable[[str], None]] = [
            self._deleted, self._renamed, self._requeried, self._valued, self._stripped, self._rewritten,
            self._copied, self._unqueried, self._nulled, self._included,
        ]  # fmt: skip
        self.random.choice(edits)(path)

    def _change(self, path: str, change: Callable[[dict[str, object]], None]) -> None:
        content = yaml.safe_load(self.files[path])
        change(content)
        style = self.random.choice([None, True, False])
        text = yaml.safe_dump(content, default_flow_style=style, allow_unicode=True, sort_keys=style is None)
        self.files[path] = text.encode()

    def _deleted(self, path: str) -> None:
        if len([p for p, d in self.files.items() if b"pipelineYaml" in d]) > 1:
            del self.files[path]

    def _renamed(self, path: str) -> None:
        names = [
            "odd name.yaml",
            "step9/UPPER.yml",
            "x-é.yaml",
            "a/b/c/d.yaml",
            "007.yaml",
            path + ".bak.yaml",
        ]
        folder = path.rpartition("/")[0]
        new = f"{folder}/{self.random.choice(names)}"
        if new.lower() not in map(str.lower, self.files):
            self.files[new] = self.files.pop(path)
            if "memory.yaml" in self.files[new].decode():
                self.files[f"{new.rpartition('/')[0]}/memory.yaml"] = self.beside["memory.yaml"]

    def _requeried(self, path: str) -> None:
        more = [
            " and exposure != 17", " AND visit > 3", " or visit = 5", "  and  tract = 9",
            " and band in ('g','r')", " and (tract = 3 or tract = 4)", " and visit.exposure_time > 30",
            " and x = 'a and b'",
        ]  # fmt: skip

        def change(content: dict[str, object]) -> None:
            payload = content.setdefault("payload", {})
            assert isinstance(payload, dict)
            way = self.random.random()
            query = str(payload.get("dataQuery", ""))
            if way < 0.7:
                payload["dataQuery"] = query + self.random.choice(more)
            elif way < 0.85:
                payload["dataQuery"] = " and ".join(reversed(query.split(" and ")))
            else:
                payload["dataQuery"] = "visit in (1,5,9)"

        self._change(path, change)

    def _valued(self, path: str) -> None:
        value = self.random.choice(_VALUES)

        def change(content: dict[str, object]) -> None:
            content[self.random.choice([*_KEYS, "campaign", "project"])] = value

        self._change(path, change)

    def _stripped(self, path: str) -> None:
        def change(content: dict[str, object]) -> None:
            key = self.random.choice([k for k in content if k not in ("pipelineYaml",)])
            del content[key]

        self._change(path, change)

    def _nulled(self, path: str) -> None:
        self._change(path, lambda content: content.update({self.random.choice(_KEYS): None}))

    def _rewritten(self, path: str) -> None:
        self._change(path, lambda _: None)

    def _copied(self, path: str) -> None:
        new = path.replace(".yaml", "_redo.yaml")
        self.files.setdefault(new, self.files[path])

    def _unqueried(self, path: str) -> None:
        def change(content: dict[str, object]) -> None:
            payload = content.get("payload")
            if isinstance(payload, dict):
                payload.pop("dataQuery", None)

        self._change(path, change)

    def _included(self, path: str) -> None:
        folder = path.rpartition("/")[0]
        self.files[f"{folder}/extra.yaml"] = f"computeSite: S{self.random.randint(1, 3)}\n".encode()

        def change(content: dict[str, object]) -> None:
            there = content.get("includeConfigs")
            there = there if isinstance(there, list) else []
            content["includeConfigs"] = [*there, "extra.yaml"]

        self._change(path, change)

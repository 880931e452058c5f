"""Trees of submit files that no campaign was compiled to: names, queries and values of any kind."""

from __future__ import annotations

from random import Random

import yaml

_FOLDERS = [
    ["a", "b", "c", "d"], ["", "", "", ""], ["run/step1", "run/step2", "run/step3", "run/x"],
    ["2024", "2025", "x-1", "X 2"],
]  # fmt: skip
_NAMES = [
    "g{n}", "{s}_{n}", "{s}_{lo}_{hi}", "{n:04d}", "{s}-{b}-{n}", "job", "{s}.{n}", "Ω{n}", "{n}/submit",
    "{s}_v24_0_0_{n}", "{n}_{n}",
]  # fmt: skip
_QUERIES = [
    "{d}>={lo} and {d}<={hi}", "({d} >= {lo} and {d} <= {hi})", "{d} in ({lo}..{hi})", "{d} = {lo}",
    "{d}={lo}", "{d} in ({lo}, {hi})", "{d} BETWEEN {lo} AND {hi}", "{d} >= {lo} AND {d} < {hi}",
    "{lo} <= {d} and {d} <= {hi}", "{d} in ({lo})", "{d} not in ({lo})", "visit.id = {lo}", "{d} = '{lo}'",
    "{d} = '{b}'", "htm7 = {lo} and {d} > {hi}",
]  # fmt: skip
_BEFORE = ["instrument='HSC' and ", "instrument = 'HSC' AND ", "", "skymap='x' and instrument='HSC' and "]
_BEHIND = ["", " and skymap='x'", " and detector != 9", " and (band='r' or band='i')"]


def wild_tree(seed: int) -> dict[str, bytes]:
    """Return the files of a tree, by path."""
    pick = Random(seed)
    files: dict[str, bytes] = {}
    folders, name = pick.choice(_FOLDERS), pick.choice(_NAMES)
    for number in range(1, pick.randint(1, 4) + 1):
        folder = folders[number - 1]
        for path, content in _step(pick, number, name).items():
            text = yaml.safe_dump(
                content,
                allow_unicode=True,
                default_flow_style=pick.choice([None, False, True]),
                sort_keys=pick.random() < 0.5,
            )
            files[f"{folder}/{path}" if folder else path] = text.encode()
    for folder in {path.rpartition("/")[0] for path in files}:
        files[f"{folder}/m.yaml" if folder else "m.yaml"] = b"requestCpus: 2\n"
    return files


def _step(pick: Random, number: int, name: str) -> dict[str, dict[str, object]]:
    count = pick.choice([1, 2, 3, 5, 8, 13])
    dimension = pick.choice(["visit", "exposure", "tract", "detector", "day_obs", "group"])
    low = pick.choice([1, 100, 2024010100000, 10**17])
    width, first = pick.choice([1, 7, 1000]), pick.randint(0, 3)
    query = pick.choice(_BEFORE) + pick.choice(_QUERIES) + pick.choice(_BEHIND)
    numbers = list(range(first, first + count))
    if pick.random() < 0.2:
        pick.shuffle(numbers)
    found: dict[str, dict[str, object]] = {}
    for place, n in enumerate(numbers):
        high = low + width - 1 + pick.choice([0, 0, 3])
        band = "ugrizy"[place % 6] + ("" if place < 6 else str(place))
        said = {"d": dimension, "lo": low, "hi": high, "b": band}
        path = name.format(n=n, s=f"step{number}", **said)
        payload: dict[str, object] = {
            "payloadName": "p",
            "butlerConfig": "b",
            "inCollection": pick.choice(["raw", f"runs/step{number - 1}", f"runs/step{number - 1}/{n}"]),
            "output": pick.choice(
                [f"runs/step{number}", f"runs/step{number}/{n}", f"u/w_2024_1{number}/DM-1"]
            ),
            "dataQuery": query.format(**said),
        }
        found[path + pick.choice([".yaml", ".yaml", ".yaml", ".yml"])] = _odd(pick, n, number, payload)
        low = high + pick.choice([1, 1, 1, 50])
    return found


def _odd(pick: Random, n: int, number: int, payload: dict[str, object]) -> dict[str, object]:
    label = f"#step{number}" if pick.random() < 0.9 else ""
    tree: dict[str, object] = {"pipelineYaml": pick.choice(["p.yaml", "${X}/p.yaml"]) + label}
    if pick.random() < 0.1:
        del payload[pick.choice(list(payload))]
    tree["payload"] = payload if pick.random() > 0.03 else {}
    if pick.random() < 0.2:
        tree["requestMemory"] = pick.choice([1, 2, "3", None, 2.0])
    if pick.random() < 0.1:
        tree["site"] = {f"s{n}": {"x": n}}
    if pick.random() < 0.05:
        tree["includeConfigs"] = pick.choice([["${Y}/z.yaml"], "/abs/q.yaml", ["m.yaml"], []])
    if pick.random() < 0.03:
        tree["description"] = "${{ a }} {{b}} {c} %s \"' \t é"
    if pick.random() < 0.03:
        tree[pick.choice(["no", "1", "a b", "ключ", "a:b"])] = [{"x": None}, [1, [2]], {}]
    return tree

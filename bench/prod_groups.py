"""The way of prodstatus' ``make-prod-groups``, written anew without pandas: all ids once per group."""

from __future__ import annotations

from pathlib import Path

_TEMPLATE = """\
includeConfigs:
- ${CTRL_BPS_DIR}/config/bps_idf.yaml
pipelineYaml: ${OBS_LSST_DIR}/pipelines/imsim/DRP.yaml#step1
payload:
  payloadName: prod/step1/GNUM
  dataQuery: instrument='LSSTCam' and visit >= LOWEXP and visit <= HIGHEXP
  inCollection: LSSTCam/defaults
  output: LSSTCam/runs/DRP/step1/BAND_GNUM
"""
#: So that template and compiled groups are equally long.
_LINES = 60


def make(listed: Path, band: str, size: int) -> list[str]:
    """Return the text of each group.

    Parameters
    ----------
    listed
        A file with a band and an id in each line.
    band
        The band to take, or ``all``.
    size
        Ids per group.
    """
    pairs = [line.split() for line in listed.read_text().splitlines()]
    rows = sorted((int(number), name) for name, number in pairs)
    chosen = [row for row in rows if band in ("all", row[1])]
    numbered = [(at // size, number, name) for at, (number, name) in enumerate(chosen)]
    template = _TEMPLATE + "".join(f"option{n}: value\n" for n in range(_LINES - _TEMPLATE.count("\n")))
    texts = []
    for group in range(-(-len(chosen) // size)):
        ids = [n for at, n, name in numbered if at == group and band in ("all", name)]
        text = template.replace("GNUM", str(group + 1)).replace("BAND", band)
        texts.append(text.replace("LOWEXP", str(min(ids))).replace("HIGHEXP", str(max(ids))))
    return texts

"""Writes the campaigns that are measured: a visit split, a product of tract and band, a rescue."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Where the spec is, below the root that it is written to.
PATH = "campaigns/bench/campaign.yaml"
#: Ids of visits per group of the campaign, the groups of step3 counted too.
IDS_PER_GROUP = 40

_BANDS = "ugrizy"
#: Visits of one night. Of the numbers in a night about 60 % are used, so that ids come in short runs.
_PER_NIGHT = 800
_USED = 0.6

_LIBRARY = """\
cmcompile: 1
sites:
  usdf:
    limits: {running: 40, submitting: 2}
    bps:
      computeCloud: US
      computeSite: SLAC
      wmsServiceClass: lsst.ctrl.bps.panda.PanDAService
      includeConfigs+: ["${CTRL_BPS_PANDA_DIR}/config/bps_usdf.yaml"]
site: usdf
step_defaults:
  bps:
    numberOfRetries: 3
    requestMemory: 2048
    memoryMultiplier: 2.0
    saveClusteredQgraph: true
    saveGenericWorkflow: true
"""

_INCLUDE = """\
site:
  SLAC:
    pipetask:
      calibrateImage: {queue: SLAC_Rubin_Medium}
"""

_SPEC = """\
cmcompile: 1
extends: [../library/bench.yaml]
campaign: bench
production: bench
ticket: DM-50001
lists:
  visits: {{file: lists/visits.txt, columns: [band, visit]}}
vars: {{release: w_2026_33, repo: /repo/main, subset: "${{{{ step.name }}}}"}}
where:
  data: instrument='LSSTCam' and skymap='lsst_cells_v1'
inputs: [LSSTCam/defaults]
collect: LSSTCam/runs/DRP/${{{{ release }}}}/${{{{ ticket }}}}
exclude:
- {{visit: [{excluded}], because: shutter stuck}}
bps:
  project: bench
  operator: drp
  campaign: DRP/${{{{ release }}}}/${{{{ ticket }}}}
  pipelineYaml: ${{DRP_PIPE_DIR}}/pipelines/LSSTCam/DRP.yaml#${{{{ subset }}}}
  payload:
    payloadName: DRP/${{{{ step.name }}}}/${{{{ group.id }}}}
    butlerConfig: ${{{{ repo }}}}
  extraQgraphOptions: --dataset-query-constraint off
  finalJob: {{requestMemory: 4096, implementation: JOB}}
  pipetask:
    isr: {{requestMemory: 4096, requestWalltime: 1800}}
    calibrateImage: {{requestMemory: 8192, requestWalltime: 7200}}
    consolidateVisitSummary: {{requestMemory: 6144}}
    makeDirectWarp: {{requestMemory: 12288}}
    assembleDeepCoadd: {{requestMemory: 24576, requestWalltime: 21600}}
    detectCoaddPeaks: {{requestMemory: 8192, requestWalltime: 3600}}
    deblendCoaddFootprints: {{requestMemory: 65536, requestCpus: 1}}
  clusterAlgorithm: lsst.ctrl.bps.quantum_clustering_funcs.dimension_clustering
steps:
  step1:
    split: [{{by: visit, list: visits, count: {count}}}]
    collect: ${{{{ campaign.collect }}}}/step1
    vars: {{span: "${{{{ visit.lo }}}}-${{{{ visit.hi }}}}"}}
    bps:
      includeConfigs+: [include/queues.yaml]
      description: visits ${{{{ span }}}}
      extraQgraphOptions+: --qgraph-datastore-records -c parameters:group=${{{{ visit.n }}}}
      cluster:
        visitDetector:
          pipetasks: isr,calibrateImage
          dimensions: visit,detector
          equalDimensions: "visit:exposure"
        visitSummary: {{pipetasks: consolidateVisitSummary, dimensions: visit, partitionDimensions: visit, partitionMaxSize: 50}}
    overrides:
    - {{groups: [3, {some}], because: crowded fields, bps: {{requestMemory: 4096, pipetask: {{calibrateImage: {{requestMemory: 16384}}}}}}}}
    - {{groups: {{holds: {{visit: {held}}}}}, because: two amplifiers are dead, where: "detector not in (120, 121)"}}
    - {{groups: [{rescued}], because: sent a week later, vars: {{release: w_2026_34}}}}
    rescues:
      memory:
        groups: [{rescued}]
        because: killed by the memory limit
        bps: {{requestMemory: 8192, extraQgraphOptions+: "--skip-existing-in ${{{{ step.collect }}}}"}}
  step3:
    needs: {{step1: all}}
    split:
    - {{by: tract, values: 0..{tracts}}}
    - {{by: band, values: [u, g, r, i, z, "y"]}}
    collect: ${{{{ campaign.collect }}}}/step3
    bps:
      description: tract ${{{{ tract.value }}}} in ${{{{ band.value }}}}
      requestMemory: 8192
      extraQgraphOptions+: -c parameters:table=coadd_${{{{ step.name | lower }}}}_${{{{ band.value | replace('y', 'y10') }}}}
      cluster:
        coadd:
          pipetasks: makeDirectWarp,assembleDeepCoadd
          dimensions: tract,patch,band
          queue: coadd-${{{{ band.value }}}}
        measure: {{pipetasks: "detectCoaddPeaks,deblendCoaddFootprints", dimensions: "tract,patch"}}
    overrides:
    - {{groups: {{band: u}}, because: few visits, vars: {{subset: step3u}}}}
"""  # noqa: E501 - as people write it


@dataclass(frozen=True, slots=True)
class Counts:
    """How many groups of each kind make up a campaign.

    Attributes
    ----------
    visit
        Groups of step1, cut from the list of visits.
    tract
        Tracts of step3, one group per tract and band.
    rescue
        Rescue groups of step1.
    """

    visit: int
    tract: int
    rescue: int


def counts(groups: int) -> Counts:
    """Return a mixture of about 79 % visit groups, 20 % tract groups and 1 % rescue groups."""
    tract = max(1, groups // 30)
    rescue = max(1, groups // 100)
    return Counts(groups - len(_BANDS) * tract - rescue, tract, rescue)


def write_campaign(root: Path, groups: int, ids: int | None = None) -> None:
    """Write a campaign of exactly this many groups, its list of visits and its library.

    Parameters
    ----------
    root
        The root of a repository that is to be, an empty folder.
    ids
        How many visits; ``IDS_PER_GROUP`` for each group unless given.
    """
    number = counts(groups)
    visits = visit_ids(groups * IDS_PER_GROUP if ids is None else ids)
    base = root / PATH
    (base.parent / "lists").mkdir(parents=True)
    (root / "campaigns/library").mkdir()
    (base.parent / "include").mkdir()
    (root / "campaigns/library/bench.yaml").write_text(_LIBRARY)
    (base.parent / "include/queues.yaml").write_text(_INCLUDE)
    (base.parent / "lists/visits.txt").write_text("".join(_rows(visits)))
    first = max(1, number.visit - 10 * number.rescue)
    base.write_text(
        _SPEC.format(
            count=number.visit,
            tracts=number.tract - 1,
            excluded=", ".join(map(str, visits[7 :: len(visits) // 20 or 1][:20])),
            some=f"{number.visit // 2}..{number.visit // 2 + number.visit // 50}",
            held=visits[len(visits) // 3],
            rescued=f"{first}..{first + number.rescue - 1}",
        )
    )


def visit_ids(count: int) -> list[int]:
    """Return sorted ids as LSSTCam numbers visits: the day, and a number within the night."""
    some = random.Random(1)
    ids: list[int] = []
    night = 0
    while len(ids) < count:
        day = _day(night)
        ids += [day * 100_000 + n for n in range(1, _PER_NIGHT + 1) if some.random() < _USED]
        night += 1
    return ids[:count]


def _day(night: int) -> int:
    year, rest = divmod(night, 336)
    return (2026 + year) * 10_000 + (1 + rest // 28) * 100 + 1 + rest % 28


def _rows(visits: list[int]) -> Iterator[str]:
    """Yield the lines of the list; a band is kept for about forty visits, as telescopes do."""
    for at, visit in enumerate(visits):
        yield f"{_BANDS[at // 40 % 6]} {visit}\n"

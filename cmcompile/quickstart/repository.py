"""The Butler repository of the quickstart: its records, and the raw exposures as datasets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cmcompile.model.errors import CmcompileError
from cmcompile.quickstart.records import records
from cmcompile.quickstart.sky import INSTRUMENT, Sky

#: The collection of the raw exposures.
RAW = f"{INSTRUMENT}/raw/all"
_STORAGE = "StructuredDataDict"
_FORMATTER = "lsst.daf.butler.formatters.json.JsonFormatter"


class NoStackError(CmcompileError):
    """The packages of LSST are not installed."""


def make_repository(place: Path, sky: Sky) -> None:
    """Make a Butler repository with all that was observed.

    Parameters
    ----------
    place
        The directory; it must not be there. It can be moved as a whole afterwards.

    Raises
    ------
    NoStackError
        When there is no `lsst.daf.butler` here.
    """
    try:
        from lsst.daf.butler import Butler
    except ImportError as error:
        raise NoStackError(
            f"the quickstart makes a Butler repository, and {error.name} is not installed: "
            "`pip install 'cmcompile[lsst]'`, or set up an LSST stack first"
        ) from None
    Butler.makeRepo(str(place))
    butler = Butler.from_config(str(place), writeable=True, run=RAW)
    try:
        with butler.transaction():
            for element, rows in records(sky):
                butler.registry.insertDimensionData(element, *rows)
        _ingest(butler, place, sky)
    finally:
        butler.close()


def _ingest(butler: Any, place: Path, sky: Sky) -> None:
    """Take the raw exposures in; what they hold is written to the place that the Butler gives them."""
    from lsst.daf.butler import DatasetIdGenEnum, DatasetRef, DatasetType, FileDataset

    kind = DatasetType("raw", ("instrument", "exposure", "detector"), _STORAGE, universe=butler.dimensions)
    butler.registry.registerDatasetType(kind)
    scratch = place / "raw"
    scratch.mkdir()
    files = []
    for visit in sky.visit_ids():
        for detector in range(sky.detectors):
            file = scratch / f"{visit}_{detector}.json"
            file.write_text(json.dumps(sky.raw(visit, detector)), encoding="utf-8")
            data_id = butler.registry.expandDataId(instrument=INSTRUMENT, exposure=visit, detector=detector)
            # The id of a raw follows from what it is: it is the same in every repository.
            ref = DatasetRef(kind, data_id, run=RAW, id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN)
            files.append(FileDataset(str(file), [ref], formatter=_FORMATTER))
    butler.ingest(*files, transfer="move")
    scratch.rmdir()

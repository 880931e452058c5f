"""A site as files: bytes by path, the same for the same ledgers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from cmcompile.site.details import around, group_files, groups_by_step
from cmcompile.site.ids import indexes
from cmcompile.site.model import Site, SiteCampaign
from cmcompile.site.overview import brief, campaign_path, whole
from cmcompile.site.page import page
from cmcompile.site.rows import row_files
from cmcompile.site.shards import Json, detail_files, script, slug

#: The major version of the data that the pages read.
FORMAT = 1
INDEX = "data/index.js"
MANIFEST = "site.json"


def files_of(site: Site, static: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return all files of a site but the as-run files, which have `as_run_path`, and the manifest.

    Parameters
    ----------
    static
        The scripts and style sheets of the pages, by name.
    """
    made = {f"static/{name}": data for name, data in static.items()}
    made["index.html"] = page(sorted(static))
    # GitHub would else leave out folders whose names begin with an underscore.
    made[".nojekyll"] = b""
    marks = {}
    for campaign in site.campaigns:
        own = _campaign(campaign)
        marks[campaign.status.campaign] = _mark(own)
        made.update(own)
    made[INDEX] = script(INDEX, _index(site, marks))
    return made


def as_run_path(oid: str) -> str:
    """Return where bytes of git stand by their id: the same bytes of many workflows stand there once."""
    return f"files/{oid[:2]}/{oid}.txt"


def manifest(paths: Iterable[str]) -> bytes:
    """Return the list of files by which the next writing knows which ones are the site's own."""
    about = {"made_by": "cmcompile site", "format": FORMAT, "files": sorted(paths)}
    return (json.dumps(about, indent=0, ensure_ascii=True) + "\n").encode()


def _index(site: Site, marks: Mapping[str, str]) -> Json:
    pages = site.forge
    return {
        "format": FORMAT,
        "version": site.version,
        "edit": "" if pages is None else pages.edit,
        "new": "" if pages is None else pages.new,
        "commit": "" if pages is None else pages.commit,
        "files": site.files,
        "campaigns": [{**brief(c), "mark": marks[c.status.campaign]} for c in site.campaigns],
    }


def _mark(files: Mapping[str, bytes]) -> str:
    """Return what changes with the data, so that no cache mixes old files with new ones."""
    found = sha256()
    for path in sorted(files):
        found.update(path.encode() + b"\0" + sha256(files[path]).digest())
    return found.hexdigest()[:12]


def _campaign(campaign: SiteCampaign) -> dict[str, bytes]:
    if campaign.status.fault:
        return {}
    rows = groups_by_step(campaign.status.rows)
    order = {step.name: at for at, step in enumerate(campaign.steps)}
    rows = {**{name: [] for name in order}, **rows}
    rows = dict(sorted(rows.items(), key=lambda item: order.get(item[0], len(order))))
    name, others = slug(campaign.status.campaign), around(campaign, rows)
    made: dict[str, bytes] = {}
    about: dict[str, Json] = {}
    for step, some in rows.items():
        listed = dict(row_files(campaign, step, some))
        made.update({path: script(path, data) for path, data in listed.items()})
        made.update({path: script(path, data) for path, data in group_files(campaign, step, some, others)})
        about[step] = {
            "of": len(some),
            "rows": list(listed),
            "details": f"data/{name}/groups/{slug(step)}-",
            "files": detail_files(len(some)),
        }
    ids = []
    for index in indexes(campaign, others.order):
        ids.append(index.about)
        made.update({path: script(path, data) for path, data in index.files})
    path = campaign_path(campaign.status.campaign)
    made[path] = script(path, whole(campaign, rows, about, ids))
    return made

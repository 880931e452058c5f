"use strict";
// Campaigns, their groups, and which groups hold an id; loaded when they are looked at.
(function () {
  const ROWS = 2000; // as in cmcompile/site/shards.py

  cm.brief = (name) => cm.index.campaigns.find((one) => one.name === name);

  cm.campaign = (name) => {
    const brief = cm.brief(name);
    if (!brief) return Promise.reject(new Error(`no campaign is called ${name}`));
    if (!brief.file) return Promise.resolve({ ...brief, steps: [], ids: [], broken: true });
    return cm.load(brief.file, brief.mark).then((found) => ({ ...found, mark: brief.mark }));
  };

  cm.step = (campaign, name) => campaign.steps.find((one) => one.name === name);

  const coded = (column, at) => column[0][column[1][at]];

  function unfolded(step, data, start) {
    return data.id.map((id, at) => ({
      step, id, order: start + at,
      data: data.data[at], state: coded(data.state, at), reason: coded(data.reason, at), why: coded(data.why, at),
      detail: coded(data.detail, at), person: data.person[at], since: data.since[at], site: coded(data.site, at),
      workflow: coded(data.workflow, at), says: coded(data.says, at), run: data.run[at], quanta: data.quanta[at],
      missing: data.missing[at], hours: data.hours[at], next: data.next[at],
    }));
  }

  const made = new Map();
  function file(campaign, step, number) {
    const path = step.groups.rows[number];
    const key = `${path}?${campaign.mark}`;
    if (!made.has(key)) made.set(key, cm.load(path, campaign.mark).then((data) => unfolded(step.name, data, number * ROWS)));
    return made.get(key);
  }

  // All groups of some steps, in their order.
  cm.rows = (campaign, names) =>
    Promise.all(campaign.steps.filter((s) => s.groups && (!names || names.includes(s.name))).flatMap((s) => s.groups.rows.map((_, n) => file(campaign, s, n)))).then((some) => some.flat());

  cm.row = (campaign, [step, at]) => file(campaign, campaign.steps[step], Math.floor(at / ROWS)).then((rows) => rows[at % ROWS]);

  // What is told of one group.
  cm.detail = (campaign, name, group) => {
    const step = cm.step(campaign, name);
    if (!step || !step.groups || !step.groups.of) return Promise.reject(new Error(`${campaign.name} has no group ${name}/${group}`));
    const path = `${step.groups.details}${(cm.mixed(group) & (step.groups.files - 1)) >>> 0}.js`;
    return cm.load(path, campaign.mark).then((some) => {
      const found = some.find(([id]) => id === group);
      if (!found) throw new Error(`${campaign.name} has no group ${name}/${group}`);
      return found[1];
    });
  };

  // Places of the groups that hold an id: [step, place].
  function held(data, id) {
    let at = -1;
    if (typeof data.ids[0] === "number") {
      let value = 0;
      at = data.ids.findIndex((distance) => (value += distance) === Number(id));
    } else at = data.ids.indexOf(id);
    if (at < 0) return [];
    for (const [n, place] of data.runs) {
      if (at < n) return data.groups[place];
      at -= n;
    }
    return [];
  }

  const isNumber = (text) => /^-?\d+$/.test(text);
  function holds([, first, last], id) {
    if (typeof first === "number") return isNumber(id) && Number(id) >= first && Number(id) <= last;
    return isNumber(id) && isNumber(first) ? true : id >= first && id <= last;
  }

  // Groups that hold an id of a dimension, or of any where none is named: [dimension, rows] each.
  cm.holding = async (campaign, dimension, id) => {
    const found = [];
    for (const index of campaign.ids) {
      const twin = { visit: "exposure", exposure: "visit" }[dimension];
      if (dimension && index.name !== dimension && index.name !== twin) continue;
      const some = await Promise.all(index.files.filter((one) => holds(one, id)).map(([path]) => cm.load(path, campaign.mark)));
      const places = some.flatMap((data) => held(data, id));
      if (places.length) found.push([index.name, await Promise.all(places.map((place) => cm.row(campaign, place)))]);
    }
    return found;
  };

  // `visit:123`, `visit=123`, `123`; else a part of a name.
  cm.meant = (text) => {
    const named = /^([A-Za-z_]\w*)\s*[:=]\s*(\S+)$/.exec(text.trim());
    if (named) return { dimension: named[1], id: named[2] };
    return isNumber(text.trim()) ? { id: text.trim(), text: text.trim() } : { text: text.trim() };
  };

  cm.matches = (row, text) => {
    const low = text.toLowerCase();
    return `${row.step}/${row.id}@${row.workflow} ${row.run} ${row.detail}`.toLowerCase().includes(low);
  };
})();

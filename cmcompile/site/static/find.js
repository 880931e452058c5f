"use strict";
// Where did a visit, a tract or a group go? Looked for in all campaigns.
(function () {
  const { el, count } = cm;
  const MOST = 200;

  cm.pages.find = async (query) => {
    const text = (query.q || "").trim();
    const frame = (...content) => ({ title: `Find ${text}`, crumbs: [["Find", null]], content: [el("h1", null, text ? `Where is ${text}?` : "Find"), ...content] });
    if (!text) return frame(cm.none("Type a name, or a data id such as visit:1145348, in the field above."));
    const meant = cm.meant(text);
    const found = [], failed = [];
    for (const brief of cm.index.campaigns) {
      if (brief.fault) continue;
      try {
        const c = await cm.campaign(brief.name);
        for (const [name, rows] of meant.id ? await cm.holding(c, meant.dimension, meant.id) : []) found.push([c, `${name} ${meant.id}`, rows]);
        const named = meant.text ? (await cm.rows(c)).filter((r) => cm.matches(r, meant.text)) : [];
        if (named.length) found.push([c, "named so", named]);
      } catch (error) { failed.push([brief.name, error.message]); }
    }
    const groups = found.reduce((sum, [, , rows]) => sum + rows.length, 0);
    return frame(
      failed.map(([name, why]) => el("p", { class: "note bad" }, `${name} could not be looked through: ${why}`)),
      el("p", { class: "counted", role: "status" }, groups ? `${cm.many(groups, "group")}` : "No group holds it, and none is named so."),
      found.map(([c, words, rows], at) => cm.section(`found-${at}`, `${c.name}: ${words}`,
        rows.length > MOST && el("p", { class: "quiet" }, `The first ${count(MOST)} of ${count(rows.length)}; `, el("a", { href: cm.to.campaign(c.name, "groups", { q: text }) }, "all of them")),
        cm.table({ caption: words, hidden: true, columns: cm.groupColumns(c, true).map((column) => ({ ...column, value: null })), rows: rows.slice(0, MOST), href: (r) => cm.to.group(c.name, r.step, r.id) }))));
  };
})();

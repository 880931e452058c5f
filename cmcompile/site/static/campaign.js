"use strict";
// A campaign: what needs a person, its steps, how they hang together, and how it went.
(function () {
  const { el, count } = cm;
  const TABS = [["", "Overview"], ["groups", "Groups"], ["times", "Times"], ["sites", "Sites"], ["data", "Datasets"]];

  cm.frame = (c, tab, ...content) => ({
    title: c.name,
    crumbs: [[c.name, cm.to.campaign(c.name)]],
    content: [
      el("div", { class: "title" }, el("h1", null, c.name), el("p", { class: "said" }, c.said)),
      el("nav", { class: "tabs", "aria-label": `Pages of ${c.name}` }, TABS.map(([key, words]) =>
        el("a", { href: cm.to.campaign(c.name, key), "aria-current": key === tab ? "page" : null }, words))),
      c.stale && el("p", { class: "note" }, "A source of facts could not be asked since ", cm.ago(c.stale), ": states may be older than they look."),
      !c.broken && c.ledger && !c.fresh && el("p", { class: "note" }, "The ledger's remote was not asked when this page was made, or did not answer: this is what was last seen."),
      ...content,
    ],
  });

  cm.pages.campaign = (c) => {
    if (c.broken) return cm.frame(c, "", el("p", { class: "note bad" }, c.fault), cm.command(c.next));
    return cm.frame(c, "",
      c.attention.length > 0
        ? cm.section("person", "Needs a person", el("ul", { class: "cards" }, c.attention.map((found) => cm.card(c, found, true))))
        : el("p", { class: "fine" }, "✓ Nothing needs a person."),
      ready(c),
      cm.section("steps", "Steps", steps(c)),
      c.steps.some((s) => s.needs.length) && cm.section("order", "What needs what", cm.graph(c)),
      cm.section("progress", "Progress", progress(c)),
      cm.section("record", "Record", record(c)));
  };

  function ready(c) {
    const all = cm.of(c.counts, "ready") + cm.of(c.rescues, "ready");
    return all > 0 && el("div", { class: "acts" }, el("a", { href: cm.to.campaign(c.name, "groups", { state: "ready" }) }, cm.many(all, "group")), `${all === 1 ? "is" : "are"} ready to be sent:`, cm.command(`cmcompile apply ${c.name}`));
  }

  function steps(c) {
    const to = (s, query) => cm.to.campaign(c.name, "groups", { step: s.name, ...query });
    const columns = [
      { key: "name", title: "Step", head: true, cell: (s) => [el("a", { href: to(s) }, s.name), cm.links(s.links)] },
      { key: "bar", title: "Groups", cell: (s) => [cm.bar(s.first || []), s.rescued && s.rescued.length > 0 && [cm.bar(s.rescued), el("small", { class: "quiet" }, `${cm.many(cm.sum(s.rescued), "rescue group")}`)]] },
      { key: "accepted", title: "Accepted", number: true, cell: (s) => `${count(cm.of(s.first || [], "accepted"))} of ${count(cm.sum(s.first || []))}` },
      { key: "people", title: "For a person", number: true, cell: (s) => (s.people ? el("a", { href: to(s, { person: 1 }), class: "bad-text" }, count(s.people)) : "0") },
      { key: "missing", title: "Quanta missing", number: true, wide: true, cell: (s) => (s.quanta === null || s.quanta === undefined ? "–" : `${cm.short(s.missing)} of ${cm.short(s.quanta)}`) },
      { key: "chained", title: "Collection", wide: true, cell: (s) => (s.collection ? [el("code", null, s.collection), " ", el("small", { class: "quiet" }, s.chained)] : el("span", { class: "quiet" }, "–")) },
    ];
    return [cm.legend(c.counts, (state) => cm.to.campaign(c.name, "groups", { state })), cm.table({ caption: "Steps", hidden: true, columns, rows: c.steps, href: (s) => to(s) })];
  }

  function progress(c) {
    if (!c.progress) return cm.none("Nothing was submitted yet.");
    const sum = (at) => c.progress.steps.reduce((all, [, columns]) => all.map((n, i) => n + columns[at][i]), new Array(c.progress.spans).fill(0));
    const grown = (column) => { let n = 0; return column.map((one) => (n += one)); };
    const [sent, ended, accepted, quanta] = [0, 1, 2, 3].map(sum);
    const lines = [["submitted", "busy", grown(sent)], ["ended", "warn", grown(ended)], ["groups accepted", "good", grown(accepted)]];
    const last = (column) => count(column[column.length - 1]);
    return el("div", { class: "plots" },
      cm.lines(c.progress, lines, { title: "Workflows submitted and ended, and groups accepted, over time", said: lines.map(([words, , column]) => `${last(column)} ${words}`).join(", "), limit: [cm.sum(c.counts), "groups"] }),
      cm.bars(c.progress, [["workflows ended", "warn", ended]], { title: `Workflows ended per ${cm.span(c.progress.width)}` }),
      quanta.some(Boolean) && cm.bars(c.progress, [["quanta made", "good", quanta]], { title: `Quanta made by runs that ended, per ${cm.span(c.progress.width)}` }));
  }

  function record(c) {
    return [
      cm.facts([
        ["production", c.production],
        ["ticket", c.ticket],
        ["spec", el("code", null, c.path)],
        ["decisions", [el("code", null, c.decisions), " ", cm.editing(c)]],
        ["ledger", c.ledger ? [cm.commit(c.ledger), ` of ${cm.stamp(c.at)}`] : "there is none yet"],
      ]),
      cm.links(c.links),
    ];
  }
})();

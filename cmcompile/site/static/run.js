"use strict";
// One workflow: where it ran, what it was made from, who sent it, and what came of it.
(function () {
  const { el, count } = cm;
  const code = (text) => text && el("code", null, text);

  cm.pages.run = async (c, step, group, name) => {
    const found = await cm.detail(c, step, group);
    const w = (found.workflows || []).find((one) => one.name === name);
    if (!w) throw new Error(`${step}/${group} has no workflow ${name}`);
    const claim = w.claim || {};
    return cm.groupFrame(c, step, group, name,
      el("div", { class: "title" }, el("h1", null, `${step}/${group}@${name}`), cm.state(w.state)),
      (w.review || w.detail) && el("p", { class: w.review ? "note bad" : "note" }, [w.review, w.detail].filter(Boolean).join(": ")),
      w.reopened && el("p", { class: "note bad" }, `The run had ended ${cm.stamp(w.reopened)} and runs again.`),
      cm.section("run", "Run", cm.facts([
        ["run", w.run && (w.url ? cm.outside(w.url, w.run) : code(w.run))],
        ["all runs", w.runs && w.runs.join(", ")],
        ["name", code(claim.name)],
        ["output collection", code(claim.output)],
        ["workload system", claim.wms && [claim.wms.split(".").pop(), claim.where && ` at ${claim.where}`]],
        ["it says", w.says],
        ["submit directory", code(claim.submit)],
        ["takes over from", claim.builds_on && claim.builds_on.map((run) => el("div", null, code(run)))],
        ["restarts", w.restarts ? count(w.restarts) : null],
        ["since", w.since && cm.ago(w.since)],
      ]), cm.links(w.links)),
      cm.section("provenance", "Where it comes from", w.claim ? provenance(claim) : cm.none("Its claim can't be read.")),
      cm.section("as-run", "As it was run", asRun(w)),
      cm.section("outcome", "What became of its quanta", cm.outcome(w.outcome)),
      cm.section("took", "What its quanta took", took(w)),
      cm.section("events", "What was recorded", cm.events(w.events)),
      cm.section("more", "More", cm.command(`cmcompile logs ${c.name}/${step}/${group}@${name} --failed`)));
  };

  function provenance(claim) {
    return cm.facts([
      ["by", claim.by],
      ["at", cm.stamp(claim.at)],
      ["CI run", claim.ci && cm.outside(claim.ci)],
      ["decision", code(claim.decision)],
      ["spec", [code(claim.spec), " at ", cm.commit(claim.commit)]],
      ["overridden", claim.override && el("b", { class: "bad-text" }, claim.override)],
      ["compiled by", claim.version && `cmcompile ${claim.version} (emit ${claim.emit})`],
      ["definition", code(claim.definition)],
      ["plan", claim.plan && [code(claim.plan.slice(0, 12)), " item ", code((claim.item || "").slice(0, 12))]],
      ["claim", code(claim.id)],
      ["process", claim.host && `${claim.pid} on ${claim.host}`],
      ["covers", claim.covers && claim.covers.join(", ")],
      ["how", claim.adopted ? "taken over: it was started outside of cmcompile" : claim.restart ? "a restart of the run" : null],
    ]);
  }

  function asRun(w) {
    if (!cm.index.files) return cm.none("As-run files were left out of this site; the ledger has them.");
    if (!w.files) return cm.none("It has none: it was never prepared, or was taken over.");
    return el("ul", { class: "files" }, w.files.map(([name, id]) => el("li", null, el("a", { href: `files/${id.slice(0, 2)}/${id}.txt` }, name), " ", el("small", { class: "quiet" }, id.slice(0, 12)))));
  }

  function took(w) {
    if (!w.tasks) return cm.none(w.measured ? "Nothing was recorded: no quantum left metadata." : "Not measured.");
    const columns = [
      { key: "task", title: "Task", head: true, cell: (t) => t[0] },
      { key: "quanta", title: "Quanta", number: true, cell: (t) => [count(t[1]), t[2] < t[1] && el("small", { class: "quiet" }, ` (${count(t[2])} read)`)] },
      { key: "hours", title: "Core hours", number: true, cell: (t) => cm.hours(t[4] / 3600000) },
      { key: "median", title: "Wall, median", number: true, cell: (t) => cm.wall(t[5][0]) },
      { key: "p95", title: "95%", number: true, cell: (t) => cm.wall(t[5][1]) },
      { key: "max", title: "Longest", number: true, cell: (t) => cm.wall(t[5][2]) },
      { key: "memory", title: "Memory, highest", number: true, cell: (t) => (t[6] ? `${count(t[6][2])} MiB` : "–") },
      { key: "from", title: "From", wide: true, cell: (t) => cm.stamp(t[7]) },
      { key: "to", title: "To", wide: true, cell: (t) => cm.stamp(t[8]) },
    ];
    return cm.table({ caption: "What the quanta of each task took", hidden: true, columns, rows: w.tasks });
  }
})();

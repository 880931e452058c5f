"use strict";
// A group: where it stands and why, what it holds, its workflows, and all that was done with it.
(function () {
  const { el, count } = cm;

  cm.outcome = (outcome) => {
    if (!outcome) return cm.none("What became of its quanta is not known.");
    const columns = [
      { key: "task", title: "Task", head: true, cell: (t) => t[0] },
      { key: "quanta", title: "Quanta", number: true, cell: (t) => count(t[1]) },
      { key: "good", title: "Made", number: true, cell: (t) => count(t[2]) },
      { key: "failed", title: "Failed", number: true, cell: (t) => bad(t[3]) },
      { key: "blocked", title: "Never ran", number: true, cell: (t) => bad(t[4]) },
      { key: "other", title: "Not told", number: true, cell: (t) => bad(t[5]) },
    ];
    return [
      cm.table({ caption: "Quanta by task", hidden: true, columns, rows: outcome.tasks }),
      outcome.caveats && el("p", { class: "quiet" }, "Made with a caveat: ", outcome.caveats.map(([task, word, n], at) => `${at ? "; " : ""}${task} ${word} × ${count(n)}`)),
      outcome.cleared && el("p", null, `${cm.many(outcome.cleared, "quantum", "quanta")} that had failed before ${outcome.cleared === 1 ? "was" : "were"} made.`),
      outcome.failures && failures(outcome),
      !outcome.complete && el("p", { class: "note" }, "Not all failures are named: their source gave counts."),
    ];
  };
  const bad = (n) => (n ? el("b", { class: "bad-text" }, count(n)) : "0");

  function failures(outcome) {
    const columns = [
      { key: "task", title: "Task", head: true, cell: (f) => f[0] },
      { key: "id", title: "Data id", cell: (f) => el("code", null, f[1]) },
      { key: "fault", title: "Fault", cell: (f) => f[2] },
      { key: "message", title: "Message", cell: (f) => [f[3] && el("span", { class: "text" }, f[3]), f[6] && [" ", cm.outside(f[6], "log")]] },
      { key: "cause", title: "Told by", wide: true, cell: (f) => f[4] || "–" },
      { key: "site", title: "Site", wide: true, cell: (f) => f[5] || "–" },
    ];
    const all = outcome.failures.length + (outcome.more || 0);
    const same = new Map();
    for (const [task, , , message] of outcome.failures) if (message) same.set(`${task}: ${message}`, (same.get(`${task}: ${message}`) || 0) + 1);
    const most = [...same].sort((a, b) => b[1] - a[1]).filter(([, n]) => n > 1).slice(0, 3);
    const alike = most.map(([words, n]) => el("p", { class: "message" }, el("code", null, words), ` × ${count(n)}`));
    return el("details", { open: outcome.failures.length <= 20 }, el("summary", null, `${cm.many(all, "quantum", "quanta")} without outputs`), alike,
      outcome.more && el("p", { class: "quiet" }, `The first ${count(outcome.failures.length)}; `, el("code", null, "cmcompile failures"), " counts all."),
      cm.table({ caption: "Quanta without outputs", hidden: true, columns, rows: outcome.failures, stack: true }));
  }

  cm.events = (events) => {
    if (!events || !events.length) return cm.none("Nothing was recorded.");
    return el("ol", { class: "events" }, events.map(([number, kind, at, by, said, more, ci, decision]) =>
      el("li", { class: `k-${kind}` },
        el("p", null, el("b", null, said), " ", el("span", { class: "quiet" }, `${cm.stamp(at)} by ${by}`), ci && [" ", cm.outside(ci, "CI run")]),
        (more.length > 0 || decision) && el("p", { class: "small" }, more.map(([name, text]) => el("span", { class: "more" }, el("i", null, name), " ", /^https?:\/\//.test(text) ? cm.outside(text) : text)), decision && el("span", { class: "more" }, el("i", null, "decision"), " ", el("code", null, decision))))));
  };

  cm.groupFrame = (c, step, group, workflow, ...content) => ({
    title: `${step}/${group}${workflow ? "@" + workflow : ""} of ${c.name}`,
    crumbs: [[c.name, cm.to.campaign(c.name)], [step, cm.to.campaign(c.name, "groups", { step })], [group, cm.to.group(c.name, step, group)], ...(workflow ? [[workflow, null]] : [])],
    content,
  });

  cm.pages.group = async (c, step, group) => {
    const found = await cm.detail(c, step, group);
    const row = await cm.row(c, found.at);
    const after = listed(c, found.after, "needs");
    const name = `${c.name}/${step}/${group}`;
    return cm.groupFrame(c, step, group, "",
      el("div", { class: "title" }, el("h1", null, `${step}/${group}`), cm.state(row.state)),
      el("p", { class: row.person ? "note bad" : "note" }, row.why, row.detail && `: ${row.detail}`, " ", el("span", { class: "quiet" }, row.since ? ["since ", cm.ago(row.since)] : null)),
      found.next && el("div", { class: "acts" }, cm.command(found.next), cm.editing(c)),
      found.stale && el("p", { class: "note" }, "A source could not be asked since ", cm.ago(found.stale)),
      cm.facts([
        ...(found.parts || []).map(([axis, n, words, out]) => [axis, [el("span", { class: "text" }, words || "none"), el("small", { class: "quiet" }, ` ${cm.many(n, "id")}${out ? `, ${count(out)} excluded` : ""}`)]]),
        ["site", row.site],
        ["covers", listed(c, found.before, "covers")],
        ["covered by", listed(c, found.after, "covers")],
        ["needs", needs(c, step, found)],
        ["needed by", after && [after, found.more_after && ` and ${count(found.more_after)} more`]],
        ["counts no more", found.superseded && found.superseded.join(", ")],
        ["core hours", row.hours === null ? null : cm.hours(row.hours)],
      ]),
      cm.links(found.links),
      await around(c, row, found),
      (found.outcome || found.workflows) && cm.section("outcome", "What became of its quanta", cm.outcome(found.outcome)),
      cm.section("workflows", "Workflows", workflows(c, step, group, found)),
      found.events && cm.section("decided", "Decided about it", cm.events(found.events)),
      cm.section("more", "More", cm.command(`cmcompile explain ${name}`), cm.command(`cmcompile log ${name}`)));
  };

  // What stands before and after it, where that is some groups and not whole steps.
  async function around(c, row, found) {
    const told = (some, needs, covers) => Promise.all((some || []).map(async ([kind, step, id, number, at]) => ({
      step, id, name: `${step}/${id}`, words: kind === "needs" ? needs : covers, faint: kind === "covers",
      state: number < 0 ? "not declared" : (await cm.row(c, [number, at])).state,
    })));
    const before = await told(found.before, "needs", "covers"), after = await told(found.after, "is needed by", "is covered by");
    if (!before.length && !after.length) return null;
    return cm.section("around", "What it needs, and what needs it", cm.neighbours(c, { ...row, name: `${row.step}/${row.id}` }, before, after));
  }

  const listed = (c, some, kind) => {
    const found = (some || []).filter(([one]) => one === kind);
    return found.length > 0 && found.map(([, step, id], at) => [at ? ", " : "", el("a", { href: cm.to.group(c.name, step, id) }, `${step}/${id}`)]);
  };

  function needs(c, name, found) {
    const whole = cm.step(c, name).needs.map(([to, words], at) => [at ? ", " : "", el("a", { href: cm.to.campaign(c.name, "groups", { step: to }) }, words)]);
    const some = listed(c, found.before, "needs");
    return whole.length > 0 && [whole, some && ": ", some];
  }

  function workflows(c, step, group, found) {
    if (!found.workflows) return cm.none("It was never submitted.");
    const columns = [
      { key: "name", title: "Workflow", head: true, cell: (w) => el("a", { href: cm.to.run(c.name, step, group, w.name) }, w.name) },
      { key: "state", title: "State", cell: (w) => cm.state(w.state) },
      { key: "detail", title: "Said", cell: (w) => w.review || w.detail || w.says || "–" },
      { key: "run", title: "Run", cell: (w) => (w.run ? (w.url ? cm.outside(w.url, w.run) : el("code", null, w.run)) : "–") },
      { key: "hours", title: "Core hours", number: true, wide: true, cell: (w) => (w.measured ? cm.hours((w.core || 0) / 3600) : "not measured") },
      { key: "begun", title: "Claimed", wide: true, cell: (w) => cm.ago(w.begun) },
      { key: "since", title: "Since", wide: true, cell: (w) => cm.ago(w.since) },
    ];
    return cm.table({ caption: "Workflows", hidden: true, columns, rows: [...found.workflows].reverse(), href: (w) => cm.to.run(c.name, step, group, w.name) });
  }
})();

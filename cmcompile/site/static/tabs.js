"use strict";
// What quanta took; the sites; the datasets.
(function () {
  const { el, count } = cm;
  const MOST = 8; // so many tasks have a plot of their own
  const COLOURS = ["busy", "good", "warn", "t3", "t4", "t5", "t6", "t7"];

  cm.pages.times = (c, query) => {
    if (c.broken) return cm.pages.campaign(c);
    const { rows, under_way: running, points } = c.timing;
    const measured = rows.filter((r) => r.measured && r.taken);
    if (!rows.length) return cm.frame(c, "times", cm.none("Nothing was submitted yet."));
    const columns = [
      { key: "task", title: "Task", head: true, cell: (r) => r.task || "–", value: (r) => r.task },
      { key: "step", title: "Step", cell: (r) => r.step, value: (r) => r.step },
      { key: "measured", title: "Measured", number: true, wide: true, cell: (r) => `${count(r.measured)} of ${cm.many(r.workflows, "workflow")}`, value: (r) => r.measured },
      { key: "quanta", title: "Quanta", number: true, cell: (r) => count(r.quanta), value: (r) => r.quanta },
      { key: "failed", title: "Failed", number: true, cell: (r) => (r.failed ? el("b", { class: "bad-text" }, count(r.failed)) : count(r.failed)), value: (r) => r.failed },
      { key: "hours", title: "Core hours", number: true, cell: (r) => (r.wall === null ? "not measured" : cm.hours(r.wall / 3600000)), value: (r) => r.wall },
      { key: "median", title: "Wall, median", number: true, cell: (r) => cm.wall(r.median), value: (r) => r.median },
      { key: "p95", title: "95%, at most", number: true, wide: true, cell: (r) => cm.wall(r.p95), value: (r) => r.p95 },
      { key: "max", title: "Longest", number: true, wide: true, cell: (r) => cm.wall(r.max), value: (r) => r.max },
      { key: "memory", title: "Memory, highest", number: true, wide: true, cell: (r) => (r.memory === null ? "–" : `${count(r.memory)} MiB`), value: (r) => r.memory },
    ];
    return cm.frame(c, "times",
      running ? cm.section("running", "Quanta under way", under(running)) : cm.none("Not measured: no run has ended whose quanta told what they took."),
      measured.length > 0 && points.length > 0 && cm.section("long", "How long a quantum takes", el("figure", null,
        el("figcaption", null, "From the least to the highest 95% mark of its workflows; the line is the middle, the whisker ends at the longest."), cm.spreads(points.map(spread))),
        c.timing.durations.length > 0 && el("div", { class: "plots spaced" }, heaviest(c.timing.durations, points).map(cm.histogram))),
      points.length > 0 && cm.section("when", "By the time it began", el("div", { class: "plots" }, [...points].sort((a, b) => weight(b) - weight(a)).slice(0, MOST).map((task) => cm.cloud(task.points, `${task.task}: seconds of a quantum, middle to 95%`)))),
      cm.section("table", "By task", cm.table({ caption: "What the quanta of each task took", hidden: true, columns, rows, by: query.sort || "" })));
  };

  // The tasks that took most, of those that tell.
  function heaviest(durations, points) {
    const of = new Map(points.map((task) => [task.task, weight(task)]));
    return [...durations].sort((a, b) => (of.get(b.task) || 0) - (of.get(a.task) || 0)).slice(0, MOST);
  }

  const weight = (task) => task.points.reduce((sum, [, median, , , quanta]) => sum + median * quanta, 0);

  function under(running) {
    const sum = (column) => column.reduce((all, n) => all + n, 0);
    const ordered = [...running.tasks].sort((a, b) => sum(b[1]) - sum(a[1]));
    const series = ordered.slice(0, COLOURS.length - 1).map(([task, column], at) => [task, COLOURS[at], column]);
    const rest = ordered.slice(COLOURS.length - 1);
    if (rest.length) series.push([`${rest.length} others`, "t7", rest[0][1].map((_, at) => rest.reduce((all, [, column]) => all + column[at], 0))]);
    return cm.bars(running, series, { title: `Quanta at once, in the mean of ${cm.span(running.width)}`, whole: true });
  }

  // The middle value of workflows by their number of quanta.
  function spread({ task, points }) {
    const ordered = points.map(([, median, p95, longest, quanta]) => ({ median, p95, longest, quanta })).sort((a, b) => a.median - b.median);
    let left = ordered.reduce((sum, one) => sum + one.quanta, 0) / 2;
    const middle = ordered.find((one) => (left -= one.quanta) <= 0) || ordered[ordered.length - 1];
    return { task, low: ordered[0].median, median: middle.median, p95: Math.max(...ordered.map((o) => o.p95)), longest: Math.max(...ordered.map((o) => o.longest)) };
  }

  cm.pages.sites = (c) => {
    if (c.broken) return cm.pages.campaign(c);
    const columns = [
      { key: "site", title: "Site", head: true, cell: ([name]) => (name ? el("a", { href: cm.to.campaign(c.name, "groups", { site: name }) }, name) : "none named") },
      { key: "bar", title: "Groups", cell: ([, counts]) => cm.bar(counts) },
      { key: "groups", title: "Number", number: true, cell: ([, counts]) => count(cm.sum(counts)) },
      { key: "accepted", title: "Accepted", number: true, cell: ([, counts]) => count(cm.of(counts, "accepted")) },
      { key: "live", title: "Under way", number: true, cell: ([, , live]) => count(live) },
      { key: "failed", title: "Failures told there", number: true, cell: ([, , , failed]) => (failed ? el("b", { class: "bad-text" }, count(failed)) : "0") },
    ];
    return cm.frame(c, "sites", cm.section("sites", "Sites", cm.table({ caption: "Groups by site", hidden: true, columns, rows: c.sites })));
  };

  cm.pages.data = (c) => {
    if (c.broken) return cm.pages.campaign(c);
    const collections = c.steps.filter((s) => s.collection || (s.tags && s.tags.length));
    const columns = [
      { key: "step", title: "Step", head: true, cell: (s) => s.name },
      { key: "collection", title: "Collection", cell: (s) => (s.collection ? el("code", null, s.collection) : "–") },
      { key: "chained", title: "Made of", cell: (s) => s.chained || "–" },
      { key: "tagged", title: "Tagged inputs", cell: (s) => (s.tags && s.tags.length ? [s.tags.map((tag) => el("div", null, el("code", null, tag))), el("small", { class: "quiet" }, s.tagged)] : "–") },
    ];
    return cm.frame(c, "data",
      cm.section("collections", "Collections", collections.length ? cm.table({ caption: "Collections by step", hidden: true, columns, rows: collections }) : cm.none("No collection is made.")),
      cm.section("sizes", "Datasets", c.outputs ? sizes(c.outputs) : [cm.none("Sizes are not known: the Butler was not asked when this page was made. To have them here:"), cm.command(`cmcompile outputs ${c.name} --format json > outputs.json`), cm.command("cmcompile site --outputs outputs.json -o DIR")]));
  };

  function sizes(outputs) {
    const room = (bytes, unknown) => (unknown ? `more than ${cm.bytes(bytes)}` : cm.bytes(bytes));
    const steps = [
      { key: "step", title: "Step", head: true, cell: (s) => s[0] },
      { key: "runs", title: "Runs", number: true, cell: (s) => count(s[1]) },
      { key: "datasets", title: "Datasets", number: true, cell: (s) => count(s[2]) },
      { key: "size", title: "Size", number: true, cell: (s) => room(s[3], s[4]) },
    ];
    const types = [
      { key: "task", title: "Task", cell: (t) => t[0] || "–" },
      { key: "type", title: "Dataset type", head: true, cell: (t) => t[1] },
      { key: "datasets", title: "Datasets", number: true, cell: (t) => count(t[2]) },
      { key: "size", title: "Size", number: true, cell: (t) => cm.bytes(t[3]) },
    ];
    return [
      el("p", { class: "quiet" }, `${cm.many(outputs.runs, "run")} asked for`, outputs.absent ? `; ${count(outputs.absent)} had no collection yet` : ""),
      cm.table({ caption: "Datasets by step", hidden: true, columns: steps, rows: outputs.steps }),
      cm.table({ caption: "Datasets by type", hidden: true, columns: types, rows: outputs.types }),
    ];
  }
})();

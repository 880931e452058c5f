"use strict";
// Plots over time, and spreads of durations, as SVG drawn here.
(function () {
  const { el, svg } = cm;
  const H = 220, LEFT = 48, RIGHT = 16, TOP = 12, BOTTOM = 26;
  const TALL = H - TOP - BOTTOM;
  // Drawn as wide as it will be shown, so that its letters are as large as others.
  const room = () => Math.min(1240, document.documentElement.clientWidth - 32) - 24;
  const half = () => (room() < 860 ? room() : (room() - 40) / 2);

  // Round steps, at most so many; of whole things no halves.
  cm.ticks = (most, wanted, whole) => {
    const rough = Math.max(most / wanted || 1, whole ? 1 : 0);
    const base = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * base).find((n) => n >= rough);
    const found = [];
    for (let at = 0; at <= most * 1.0001; at += step) found.push(at);
    return found;
  };

  function days(start, end) {
    const wanted = (end - start) / 5;
    const step = [60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400, 2 * 86400, 7 * 86400, 14 * 86400, 28 * 86400, 91 * 86400, 365 * 86400].find((n) => n >= wanted) || 365 * 86400;
    const found = [];
    for (let at = Math.ceil(start / step) * step; at <= end; at += step) found.push(at);
    return [found, step];
  }

  const moment = (at, step) => {
    const text = new Date(at * 1000).toISOString();
    return step >= 86400 ? text.slice(5, 10) : at % 86400 === 0 ? text.slice(5, 10) : text.slice(11, 16);
  };

  function frame(time, top, said, W, whole) {
    const INNER = W - LEFT - RIGHT;
    const end = time.start + time.width * time.spans;
    const x = (at) => LEFT + (INNER * (at - time.start)) / (end - time.start);
    const y = (n) => TOP + TALL - (TALL * n) / (top || 1);
    const [moments, step] = days(time.start, end);
    const node = svg("svg", { viewBox: `0 0 ${W} ${H}`, class: "plot", role: "img", "aria-label": said },
      cm.ticks(top, 4, whole).map((n) => [svg("line", { class: "grid", x1: LEFT, x2: W - RIGHT, y1: y(n), y2: y(n) }), svg("text", { class: "label", x: LEFT - 6, y: y(n) + 4, "text-anchor": "end" }, cm.short(n))]),
      moments.map((at) => [svg("line", { class: "tick", x1: x(at), x2: x(at), y1: H - BOTTOM, y2: H - BOTTOM + 4 }), svg("text", { class: "label", x: x(at), y: H - 8, "text-anchor": "middle" }, moment(at, step))]));
    return { node, x, y, W };
  }

  const key = (series) => el("ul", { class: "key" }, series.map(([words, sort]) => el("li", null, el("span", { class: `swatch p-${sort}`, "aria-hidden": "true" }), words)));
  const plot = (title, node, series) => el("figure", null, el("figcaption", null, title), node, series.length > 1 && key(series));

  // Lines of values at the end of each span.
  cm.lines = (time, series, { title, said, limit }) => {
    const top = Math.max(1, ...series.map(([, , column]) => Math.max(...column)), limit ? limit[0] : 0);
    const { node, x, y, W } = frame(time, top, `${title}: ${said}`, half(), true);
    if (limit) node.append(svg("line", { class: "limit", x1: LEFT, x2: W - RIGHT, y1: y(limit[0]), y2: y(limit[0]) }));
    for (const [words, sort, column] of series) {
      const points = [[time.start, 0], ...column.map((n, at) => [time.start + time.width * (at + 1), n])];
      node.append(svg("polyline", { class: `line p-${sort}`, points: points.map(([at, n]) => `${x(at).toFixed(1)},${y(n).toFixed(1)}`).join(" ") }, svg("title", null, words)));
    }
    return plot(title, node, series);
  };

  // Bars, one above the other where there are several series.
  cm.bars = (time, series, { title, whole }) => {
    const sums = series[0][2].map((_, at) => series.reduce((all, [, , column]) => all + column[at], 0));
    const top = Math.max(...sums) || 1;
    const peak = sums.indexOf(Math.max(...sums));
    const { node, x, y } = frame(time, top, `${title}; at most ${cm.short(sums[peak])}, at ${cm.stamp(time.start + peak * time.width)}`, whole ? room() : half(), sums.every(Number.isInteger));
    const below = new Array(time.spans).fill(0);
    for (const [words, sort, column] of series) {
      column.forEach((n, at) => {
        if (!n) return;
        const left = x(time.start + at * time.width), right = x(time.start + (at + 1) * time.width);
        node.append(svg("rect", { class: `p-${sort}`, x: left.toFixed(1), width: Math.max(0.7, right - left - 0.5).toFixed(1), y: y(below[at] + n).toFixed(1), height: Math.max(0.5, y(below[at]) - y(below[at] + n)).toFixed(1) },
          svg("title", null, `${cm.stamp(time.start + at * time.width)}: ${cm.count(n)} ${words}`)));
        below[at] += n;
      });
    }
    return plot(title, node, series);
  };

  // How long a quantum takes, by task, on a logarithmic axis: middle and 95% of most workflows, and the longest.
  cm.spreads = (tasks) => {
    const W = room(), row = 24, high = TOP + tasks.length * row + BOTTOM, left = W < 600 ? 110 : 190, letters = W < 600 ? 15 : 26;
    const values = tasks.flatMap((task) => [task.low, task.longest]).filter((n) => n > 0);
    const low = Math.floor(Math.log10(Math.min(...values))), top = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
    const x = (ms) => left + ((W - RIGHT - left) * (Math.log10(Math.max(ms, 10 ** low)) - low)) / (top - low);
    const node = svg("svg", { viewBox: `0 0 ${W} ${high}`, class: "plot", role: "img", "aria-label": tasks.map((t) => `${t.task}: ${cm.wall(t.median)} in the middle, at most ${cm.wall(t.longest)}`).join("; ") });
    for (let power = low; power <= top; power += 1) {
      node.append(svg("line", { class: "grid", x1: x(10 ** power), x2: x(10 ** power), y1: TOP, y2: high - BOTTOM }), svg("text", { class: "label", x: x(10 ** power), y: high - 8, "text-anchor": power === top ? "end" : "middle" }, cm.wall(10 ** power)));
    }
    tasks.forEach((t, at) => {
      const y = TOP + at * row + row / 2;
      node.append(svg("text", { class: "label", x: left - 8, y: y + 4, "text-anchor": "end" }, t.task.length > letters ? t.task.slice(0, letters - 1) + "…" : t.task),
        svg("line", { class: "whisker", x1: x(t.low), x2: x(t.longest), y1: y, y2: y }),
        svg("rect", { class: "p-busy", x: x(t.low), width: Math.max(2, x(t.p95) - x(t.low)), y: y - 6, height: 12, rx: 2 }, svg("title", null, `${t.task}: ${cm.wall(t.low)} to ${cm.wall(t.p95)} (95%), longest ${cm.wall(t.longest)}`)),
        svg("line", { class: "median", x1: x(t.median), x2: x(t.median), y1: y - 8, y2: y + 8 }),
        svg("line", { class: "whisker", x1: x(t.longest), x2: x(t.longest), y1: y - 4, y2: y + 4 }));
    });
    return node;
  };

  // How many quanta took how long, in bins of equal ratio.
  cm.histogram = (task) => {
    const W = half(), high = 150, top = Math.max(1, ...task.counts), INNER = W - LEFT - RIGHT, tall = high - TOP - BOTTOM;
    const low = Math.floor(task.first / task.per_ten), end = Math.max(low + 1, Math.ceil((task.first + task.counts.length) / task.per_ten));
    const x = (power) => LEFT + (INNER * (power - low)) / (end - low);
    const y = (n) => TOP + tall - (tall * n) / top;
    const all = task.counts.reduce((sum, n) => sum + n, 0);
    const most = task.counts.indexOf(top);
    const node = svg("svg", { viewBox: `0 0 ${W} ${high}`, class: "plot", role: "img", "aria-label": `${task.task}: ${cm.short(Math.round(all))} quanta, most of them about ${cm.wall(Math.round(10 ** ((task.first + most) / task.per_ten)))}` });
    for (const n of cm.ticks(top, 3)) node.append(svg("line", { class: "grid", x1: LEFT, x2: W - RIGHT, y1: y(n), y2: y(n) }), svg("text", { class: "label", x: LEFT - 6, y: y(n) + 4, "text-anchor": "end" }, cm.short(n)));
    for (let power = low; power <= end; power += 1) node.append(svg("text", { class: "label", x: x(power), y: high - 8, "text-anchor": power === low ? "start" : power === end ? "end" : "middle" }, cm.wall(10 ** power)));
    task.counts.forEach((n, at) => {
      const from = (task.first + at) / task.per_ten, left = x(from), right = x(from + 1 / task.per_ten);
      if (n) node.append(svg("rect", { class: "p-busy", x: left.toFixed(1), width: Math.max(1, right - left - 1).toFixed(1), y: y(n).toFixed(1), height: Math.max(0.5, y(0) - y(n)).toFixed(1) }, svg("title", null, `${cm.wall(Math.round(10 ** from))} to ${cm.wall(Math.round(10 ** (from + 1 / task.per_ten)))}: ${cm.short(Math.round(n))} quanta`)));
    });
    const some = task.told < task.workflows ? ` (${cm.count(task.told)} of ${cm.many(task.workflows, "workflow")} tell)` : "";
    return el("figure", null, el("figcaption", null, `${task.task}: quanta by their wall time${some}`), node);
  };

  // One point per workflow: when it began a task, and how long a quantum took there in the middle.
  cm.cloud = (points, title) => {
    const some = points.filter(([at, median]) => at && median >= 0);
    if (!some.length) return null;
    const first = Math.min(...some.map(([at]) => at)), last = Math.max(...some.map(([at]) => at));
    const width = Math.max(60, (last - first) / 40);
    const time = { start: first - width / 2, width, spans: Math.ceil((last - first) / width) + 1 };
    const top = Math.max(1, ...some.map(([, , p95]) => p95)) / 1000;
    const { node, x, y } = frame(time, top, `${title}: ${cm.many(some.length, "workflow")}`, half());
    for (const [at, median, p95, , quanta, name] of some) {
      node.append(svg("line", { class: "whisker", x1: x(at), x2: x(at), y1: y(median / 1000), y2: y(p95 / 1000) }),
        svg("circle", { class: "p-busy", cx: x(at), cy: y(median / 1000), r: 2.5 }, svg("title", null, `${name}: ${cm.wall(median)}, 95% ${cm.wall(p95)}, ${cm.many(quanta, "quantum", "quanta")}`)));
    }
    return el("figure", null, el("figcaption", null, title), node);
  };
})();

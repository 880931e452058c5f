"use strict";
// Which step needs which: steps in columns, each behind all that it needs.
(function () {
  const { el, svg } = cm;
  const WIDE = 170, HIGH = 54, ACROSS = 60, DOWN = 18;

  function depths(steps) {
    const found = new Map();
    const depth = (name, seen) => {
      if (found.has(name)) return found.get(name);
      if (seen.includes(name)) return 0;
      const step = steps.find((one) => one.name === name);
      const own = step ? Math.max(-1, ...step.needs.map(([to]) => depth(to, [...seen, name]))) + 1 : 0;
      found.set(name, own);
      return own;
    };
    steps.forEach((step) => depth(step.name, []));
    return found;
  }

  cm.graph = (c) => {
    const steps = c.steps.filter((s) => s.declared);
    const depth = depths(steps);
    const columns = [];
    const place = new Map();
    for (const step of steps) {
      const at = depth.get(step.name);
      columns[at] = (columns[at] || 0) + 1;
      place.set(step.name, [at * (WIDE + ACROSS) + 1, (columns[at] - 1) * (HIGH + DOWN) + 1]);
    }
    const width = columns.length * (WIDE + ACROSS) - ACROSS + 2;
    const height = Math.max(...columns) * (HIGH + DOWN) - DOWN + 2;
    const edges = steps.flatMap((s) => s.needs.map(([to, words]) => [s.name, to, words])).filter(([, to]) => place.has(to));
    const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "graph", role: "group", "aria-label": edges.map(([from, , words]) => `${from} needs ${words}`).join("; ") },
      edges.map(([from, to, words]) => {
        const [x1, y1] = place.get(to), [x2, y2] = place.get(from);
        const a = x1 + WIDE, b = y1 + HIGH / 2, d = y2 + HIGH / 2, mid = (a + x2) / 2;
        return svg("path", { class: "edge", d: `M${a} ${b} C${mid} ${b} ${mid} ${d} ${x2 - 6} ${d} m-5 -4 l5 4 l-5 4` }, svg("title", null, `${from} needs ${words}`));
      }),
      steps.map((s) => box(c, s, place.get(s.name))));
    return el("div", { class: "scroll", tabindex: "0" }, node);
  };

  function box(c, s, [x, y]) {
    const all = cm.sum(s.first || []), done = cm.of(s.first || [], "accepted");
    const inner = WIDE - 16;
    const kinds = [...new Set(s.needs.map(([, words]) => /\((.*)\)/.exec(words)).filter(Boolean).map((found) => found[1]))];
    return svg("a", { href: cm.to.campaign(c.name, "groups", { step: s.name }), "aria-label": `${s.name}: ${cm.count(done)} of ${cm.count(all)} accepted` },
      svg("rect", { class: s.people ? "node bad" : "node", x, y, width: WIDE, height: HIGH, rx: 6 }),
      svg("text", { class: "name", x: x + 8, y: y + 19 }, s.name.length > 18 ? s.name.slice(0, 17) + "…" : s.name),
      svg("text", { class: "label", x: x + WIDE - 8, y: y + 19, "text-anchor": "end" }, kinds.join(", ")),
      svg("text", { class: "label", x: x + 8, y: y + 35 }, `${cm.short(done)} of ${cm.short(all)}`, s.people ? `, ! ${cm.short(s.people)}` : ""),
      svg("rect", { class: "track", x: x + 8, y: y + HIGH - 12, width: inner, height: 5, rx: 2 }),
      done > 0 && svg("rect", { class: "p-good", x: x + 8, y: y + HIGH - 12, width: Math.max(2, (inner * done) / all), height: 5, rx: 2 }));
  }

  // A group between those that it needs or covers, and those that need or cover it.
  const SLIM = 28, MOST = 10;
  cm.neighbours = (c, here, before, after) => {
    const columns = [before.slice(0, MOST), [here], after.slice(0, MOST)];
    const tall = Math.max(...columns.map((column) => column.length));
    const at = (column, row) => [column * (WIDE + ACROSS) + 1, ((tall - columns[column].length) / 2 + row) * (SLIM + 8) + 1];
    const [x, y] = at(1, 0);
    const edge = (x1, y1, x2, y2, faint) => svg("path", { class: faint ? "edge faint" : "edge", d: `M${x1} ${y1} C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2 - 6} ${y2} m-5 -4 l5 4 l-5 4` });
    const width = 3 * (WIDE + ACROSS) - ACROSS + 2, height = tall * (SLIM + 8) + 2;
    const said = [...before.map((one) => `${one.words} ${one.name}`), ...after.map((one) => `${one.words} ${one.name}`)].join("; ");
    return el("div", { class: "scroll", tabindex: "0" }, svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "graph", role: "group", "aria-label": said },
      columns[0].map((one, row) => edge(at(0, row)[0] + WIDE, at(0, row)[1] + SLIM / 2, x, y + SLIM / 2, one.faint)),
      columns[2].map((one, row) => edge(x + WIDE, y + SLIM / 2, at(2, row)[0], at(2, row)[1] + SLIM / 2, one.faint)),
      columns.map((column, number) => column.map((one, row) => slim(c, one, at(number, row))))));
  };

  function slim(c, one, [x, y]) {
    const name = one.name.length > 19 ? one.name.slice(0, 18) + "…" : one.name;
    return svg("a", { href: cm.to.group(c.name, one.step, one.id), "aria-label": `${one.name}: ${one.state}` },
      svg("rect", { class: "node", x, y, width: WIDE, height: SLIM, rx: 6 }),
      svg("text", { class: `mark ${cm.sort(one.state)}`, x: x + 8, y: y + 19 }, cm.sign(one.state)),
      svg("text", { class: "name", x: x + 26, y: y + 19 }, svg("title", null, `${one.name}: ${one.state}`), name));
  }
})();

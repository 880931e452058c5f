"use strict";
// The table of groups, with its filters; all of them stand in the address.
(function () {
  const { el, count } = cm;

  cm.groupColumns = (c, several) => [
    { key: "id", title: "Group", head: true, cell: (r) => el("a", { href: cm.to.group(c.name, r.step, r.id) }, several ? `${r.step}/${r.id}` : r.id), value: (r) => (several ? `${r.step}/${r.id}` : r.id) },
    { key: "state", title: "State", cell: (r) => cm.state(r.state), value: (r) => cm.STATES.indexOf(r.state) },
    { key: "missing", title: "Missing", number: true, cell: (r) => (r.quanta === null ? "–" : [r.missing ? el("b", { class: "bad-text" }, count(r.missing)) : "0", el("small", { class: "quiet" }, ` of ${count(r.quanta)}`)]), value: (r) => r.missing },
    { key: "why", title: "Why", cell: (r) => [el("span", { class: "reason" }, r.why), r.detail && el("small", { class: "quiet clip", title: r.detail }, r.detail)], value: (r) => `${r.why} ${r.detail}` },
    { key: "workflow", title: "Workflow", wide: true, cell: (r) => (r.workflow ? el("span", { class: "whole" }, el("a", { href: cm.toNamed(c.name, r.step, r.workflow, r.id) }, r.workflow), " ", el("small", null, cm.state(r.says))) : "–"), value: (r) => r.workflow },
    { key: "run", title: "Run", wide: true, cell: (r) => (r.run ? el("code", { class: "clip id", title: r.run }, r.run) : "–"), value: (r) => r.run },
    { key: "hours", title: "Core hours", number: true, wide: true, cell: (r) => cm.hours(r.hours), value: (r) => r.hours },
    { key: "site", title: "Site", wide: true, cell: (r) => r.site || "–", value: (r) => r.site },
    { key: "since", title: "Since", wide: true, cell: (r) => cm.ago(r.since), value: (r) => r.since },
    { key: "data", title: "Data", wide: true, cell: (r) => el("small", { class: "clip data", title: r.data }, r.data) },
  ];

  const facet = (key, title, values, chosen) =>
    el("label", null, title, " ", el("select", { "data-key": key, on: { change: (event) => cm.narrow({ [key]: event.target.value, page: "" }) } },
      el("option", { value: "" }, "all"), values.map(([value, words]) => el("option", { value, selected: value === chosen }, words))));

  function counted(rows, key, words) {
    const found = new Map();
    for (const row of rows) found.set(row[key], [words(row), (found.get(row[key]) || ["", 0])[1] + 1]);
    return [...found].filter(([value]) => value).map(([value, [text, n]]) => [value, `${text} (${count(n)})`]).sort((a, b) => cm.natural(a[1], b[1]));
  }

  cm.pages.groups = async (c, query) => {
    if (c.broken) return cm.pages.campaign(c);
    const steps = c.steps.map((s) => [s.name, `${s.name} (${count(s.groups ? s.groups.of : 0)})`]);
    const rows = await cm.rows(c, query.step ? [query.step] : null);
    let some = rows;
    for (const key of ["state", "reason", "site"]) if (query[key]) some = some.filter((r) => r[key] === query[key]);
    if (query.person) some = some.filter((r) => r.person);
    let said = null;
    if (query.q) {
      const meant = cm.meant(query.q);
      const held = meant.id ? (await cm.holding(c, meant.dimension, meant.id)).flatMap(([, hits]) => hits) : [];
      const keys = new Set(held.map((r) => `${r.step}/${r.id}`));
      some = some.filter((r) => keys.has(`${r.step}/${r.id}`) || (meant.text && cm.matches(r, meant.text)));
      said = meant.id && !meant.text ? `that hold ${query.q}` : `that match “${query.q}”`;
    }
    const several = new Set(some.map((r) => r.step)).size > 1;
    const title = `${cm.many(some.length, "group")}${query.step ? ` of ${query.step}` : ""}${said ? ` ${said}` : ""}`;
    const clear = Object.keys(query).some((key) => !["sort", "page"].includes(key));
    const text = el("input", { type: "search", value: query.q || "", "data-key": "q", placeholder: "name, run, visit:123", on: { input: (event) => cm.narrow({ q: event.target.value, page: "" }, true) } });
    return cm.frame(c, "groups",
      el("form", { class: "filters", "aria-label": "Filters", on: { submit: (event) => event.preventDefault() } },
        facet("step", "Step", steps, query.step),
        facet("state", "State", counted(rows, "state", (r) => r.state), query.state),
        facet("reason", "Why", counted(rows, "reason", (r) => r.why), query.reason),
        facet("site", "Site", counted(rows, "site", (r) => r.site), query.site),
        el("label", null, el("input", { type: "checkbox", "data-key": "person", checked: Boolean(query.person), on: { change: (event) => cm.narrow({ person: event.target.checked ? 1 : "", page: "" }) } }), " needs a person"),
        el("label", null, "Find ", text),
        clear && el("a", { href: cm.to.campaign(c.name, "groups") }, "clear")),
      el("p", { class: "counted", role: "status" }, title),
      some.length === 0 ? cm.none("No group is so.") :
        cm.table({ caption: title, hidden: true, columns: cm.groupColumns(c, several), rows: some, by: query.sort || "", page: query.page || "", href: (r) => cm.to.group(c.name, r.step, r.id) }));
  };
})();

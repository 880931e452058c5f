"use strict";
// Tables: sorted by a click on a head, paged, walked with the keyboard.
(function () {
  const { el } = cm;
  const PAGE = 100;

  function compare(a, b) {
    const none = (v) => v === null || v === undefined || v === "";
    if (none(a) || none(b)) return none(a) - none(b);
    return typeof a === "number" && typeof b === "number" ? a - b : natural.compare(String(a), String(b));
  }
  const natural = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  cm.natural = natural.compare;

  function sorted(rows, columns, by) {
    const down = by.startsWith("-");
    const column = columns.find((one) => one.key === by.replace("-", ""));
    if (!column || !column.value) return rows;
    const keyed = rows.map((row, at) => [column.value(row), row, at]);
    // What is not known stands last, whichever way it is sorted.
    const none = (v) => v === null || v === undefined || v === "";
    keyed.sort((a, b) => (none(a[0]) || none(b[0]) ? compare(a[0], b[0]) : down ? compare(b[0], a[0]) : compare(a[0], b[0])) || a[2] - b[2]);
    return keyed.map(([, row]) => row);
  }

  function head(column, by) {
    const up = by === column.key, down = by === "-" + column.key;
    const about = { scope: "col", class: [column.number && "number", column.wide && "wide"].filter(Boolean).join(" ") || null };
    if (!column.value) return el("th", about, column.title);
    const act = () => cm.narrow({ sort: up ? "-" + column.key : column.key, page: "" });
    const sign = el("span", { "aria-hidden": "true" }, up ? " ▲" : down ? " ▼" : "");
    return el("th", { ...about, "aria-sort": up ? "ascending" : down ? "descending" : "none" },
      el("button", { type: "button", class: "plain", on: { click: act } }, column.title, sign));
  }

  // columns: {key, title, cell(row), value(row) where it can be sorted, number, wide, head}.
  cm.table = ({ caption, columns, rows, href, by, page, hidden, stack }) => {
    const ordered = by ? sorted(rows, columns, by) : rows;
    const pages = Math.max(1, Math.ceil(ordered.length / PAGE));
    const at = Math.min(pages, Math.max(1, Number(page) || 1));
    const shown = page === undefined ? ordered : ordered.slice((at - 1) * PAGE, at * PAGE);
    const body = el("tbody", null, shown.map((row) => {
      const to = href && href(row);
      return el("tr", { tabindex: to ? "-1" : null, "data-href": to, role: stack ? "row" : null }, columns.map((column) =>
        el(column.head ? "th" : "td", { scope: column.head ? "row" : null, role: stack ? (column.head ? "rowheader" : "cell") : null, "data-title": stack ? column.title : null, class: [column.number && "number", column.wide && "wide"].filter(Boolean).join(" ") || null }, column.cell(row))));
    }));
    const first = body.querySelector("tr[data-href]");
    if (first) first.tabIndex = 0;
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-href]");
      if (row && !event.target.closest("a,button,code") && !String(getSelection())) location.hash = row.dataset.href;
    });
    return el("div", { class: "table" },
      el("div", { class: "scroll", tabindex: "-1" },
        el("table", stack ? { class: "stack", role: "table" } : null, el("caption", { class: hidden ? "hidden" : null }, caption), el("thead", null, el("tr", null, columns.map((column) => head(column, by || "")))), body)),
      page !== undefined && pages > 1 && pager(at, pages, ordered.length));
  };

  function pager(at, pages, all) {
    const go = (to) => () => cm.narrow({ page: to > 1 ? to : "" });
    return el("nav", { class: "pager", "aria-label": "Pages of the table" },
      el("button", { type: "button", id: "before", disabled: at === 1, on: { click: go(at - 1) } }, "‹ before"),
      el("span", null, `${cm.count((at - 1) * PAGE + 1)}–${cm.count(Math.min(all, at * PAGE))} of ${cm.count(all)}`),
      el("button", { type: "button", id: "after", disabled: at === pages, on: { click: go(at + 1) } }, "after ›"));
  }
})();

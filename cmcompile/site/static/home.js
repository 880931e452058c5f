"use strict";
// The first page: what needs a person, then how far everything is.
(function () {
  const { el, count } = cm;
  const SEVERE = ["twice", "apart", "ended", "behind"];
  const LONG = 14 * 86400; // a campaign that ended longer ago than this is folded away

  cm.pages.home = () => {
    const all = cm.index.campaigns;
    const cards = all.flatMap((c) => c.attention.map((found) => [c, found]));
    cards.sort((a, b) => SEVERE.indexOf(a[1].severity) - SEVERE.indexOf(b[1].severity));
    const broken = all.filter((c) => c.fault);
    const old = all.filter((c) => c.done && c.last && Date.now() / 1000 - cm.seconds(c.last) > LONG);
    const rest = all.filter((c) => !old.includes(c));
    return {
      title: "Campaigns", crumbs: [],
      content: [
        el("h1", { class: "hidden" }, "Campaigns"),
        tiles(all),
        needed(cards, broken),
        productions(rest),
        old.length > 0 && el("details", { class: "fold" }, el("summary", null, `${cm.many(old.length, "campaign")} finished more than ${LONG / 86400} days ago`), table(old, "Finished campaigns")),
      ],
    };
  };

  function tiles(all) {
    const counts = (state) => all.reduce((sum, c) => sum + cm.of(c.counts, state), 0);
    const total = all.reduce((sum, c) => sum + cm.sum(c.counts), 0);
    const live = all.reduce((sum, c) => sum + c.live, 0);
    const people = all.reduce((sum, c) => sum + c.people, 0) + all.filter((c) => c.fault).length;
    const missing = all.reduce((sum, c) => sum + (c.missing || 0), 0);
    const tile = (value, words, sort) => el("li", { class: sort || null }, el("b", null, value), el("span", null, words));
    return el("ul", { class: "tiles" },
      tile(count(people), people === 1 ? "thing needs a person" : "things need a person", people ? "bad" : "good"),
      tile(count(live), live === 1 ? "workflow under way" : "workflows under way", "busy"),
      tile(cm.percent(counts("accepted"), total) || "–", `${count(counts("accepted"))} of ${count(total)} groups accepted`),
      tile(cm.short(missing), missing === 1 ? "quantum missing" : "quanta missing", missing ? "warn" : null));
  }

  function needed(cards, broken) {
    if (!cards.length && !broken.length) return cm.section("person", "Needs a person", el("p", { class: "fine" }, "✓ Nothing needs a person."));
    return cm.section("person", "Needs a person", el("ul", { class: "cards" },
      broken.map((c) => el("li", { class: "card apart" },
        el("div", { class: "head" }, el("h3", null, c.name, " ", el("span", { class: "why" }, "can't be read")), el("span", { class: "chip" }, "Nothing is known of it")),
        el("p", { class: "detail" }, c.fault), el("div", { class: "acts" }, cm.command(c.next)))),
      cards.map(([c, found]) => cm.card(c, found))));
  }

  function productions(all) {
    const names = [...new Set(all.map((c) => c.production))].sort(cm.natural);
    return names.map((name, at) => {
      const some = all.filter((c) => c.production === name);
      const title = name ? `Production ${name}` : names.length > 1 ? "Of no production" : "Campaigns";
      return cm.section(`production-${at}`, title, name && some.length > 1 && el("p", null, together(some)), table(some, title));
    });
  }

  function together(some) {
    const total = (of) => count(some.reduce((all, c) => all + of(c), 0));
    const said = [`${total((c) => cm.of(c.counts, "accepted"))} of ${total((c) => cm.sum(c.counts))} groups accepted`];
    said.push(`under way: ${total((c) => c.live)}`, `for a person: ${total((c) => c.people)}`);
    return `${count(some.length)} campaigns: ${said.join("; ")}`;
  }

  function table(some, caption) {
    const columns = [
      { key: "name", title: "Campaign", head: true, cell: (c) => el("a", { href: cm.to.campaign(c.name) }, c.name) },
      { key: "bar", title: "Groups", cell: (c) => (c.fault ? el("span", { class: "state bad" }, "✕ can't be read") : cm.bar(c.counts)) },
      { key: "accepted", title: "Accepted", number: true, cell: (c) => `${count(cm.of(c.counts, "accepted"))} of ${count(cm.sum(c.counts))}` },
      { key: "live", title: "Under way", number: true, wide: true, cell: (c) => count(c.live) },
      { key: "people", title: "For a person", number: true, cell: (c) => (c.people ? el("b", { class: "bad-text" }, count(c.people)) : "0") },
      { key: "missing", title: "Quanta missing", number: true, wide: true, cell: (c) => (c.quanta === null ? "–" : `${cm.short(c.missing)} of ${cm.short(c.quanta)}`) },
      { key: "last", title: "Last change", wide: true, cell: (c) => cm.ago(c.last) },
    ];
    return cm.table({ caption, hidden: true, columns, rows: some, href: (c) => cm.to.campaign(c.name) });
  }
})();

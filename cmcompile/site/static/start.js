"use strict";
// Shows what the address says, and again whenever it changes.
(function () {
  const { el } = cm;
  let turn = 0;

  function page() {
    const { path, query } = cm.where(location.hash);
    if (!path.length) return cm.pages.home();
    if (path[0] === "find") return cm.pages.find(query);
    if (path[0] === "c" && path[1]) return cm.campaign(path[1]).then((c) => tab(c, path[2] || "", query));
    if (path[0] === "g" && path[3]) return cm.campaign(path[1]).then((c) => (path[4] ? cm.pages.run(c, path[2], path[3], path[4]) : cm.pages.group(c, path[2], path[3])));
    throw new Error("there is no such page");
  }

  function tab(c, name, query) {
    const pages = new Map([["", "campaign"], ["groups", "groups"], ["times", "times"], ["sites", "sites"], ["data", "data"]]);
    if (!pages.has(name)) throw new Error("there is no such page");
    return cm.pages[pages.get(name)](c, query);
  }

  function crumbs(some) {
    const home = el("a", { href: "#/", class: "home" }, "cmcompile");
    return [home, some.map(([words, href]) => [el("span", { "aria-hidden": "true", class: "slash" }, "/"), href ? el("a", { href }, words) : el("span", null, words)])];
  }

  // What was typed into stays in the hand when the page is drawn anew.
  function held() {
    const here = document.activeElement;
    const key = here && here.dataset ? here.dataset.key : null;
    return key ? { key, at: here.selectionStart } : null;
  }

  function given(hand) {
    const next = hand && document.querySelector(`main [data-key="${CSS.escape(hand.key)}"]`);
    if (!next) return false;
    next.focus();
    if (typeof hand.at === "number" && next.type === "search") next.setSelectionRange(hand.at, hand.at);
    return true;
  }

  cm.show = async (stays) => {
    const own = ++turn;
    const main = document.getElementById("main");
    const hand = held();
    const sorted = document.activeElement && document.activeElement.closest("th") ? document.activeElement.textContent : null;
    main.setAttribute("aria-busy", "true");
    let found;
    try {
      found = await page();
    } catch (error) {
      found = { title: "Not found", crumbs: [], content: [el("h1", null, "It can't be shown"), el("p", { class: "note bad" }, error.message), el("p", null, el("a", { href: "#/" }, "To the first page"))] };
    }
    if (own !== turn) return; // another page was asked for meanwhile
    document.title = found.title;
    document.getElementById("crumbs").replaceChildren(...flat(crumbs(found.crumbs)));
    main.replaceChildren(...flat(found.content));
    main.removeAttribute("aria-busy");
    cm.shown = location.hash;
    if (given(hand) || stays) return;
    const same = path(cm.last || "") === path(location.hash);
    if (same && sorted) {
      const head = [...main.querySelectorAll("th button")].find((one) => one.textContent.startsWith(sorted.replace(/ [▲▼]$/, "")));
      if (head) head.focus();
    } else if (!same) {
      scrollTo(0, 0);
      if (cm.last !== undefined) main.focus({ preventScroll: true });
    }
    cm.last = location.hash;
  };

  const path = (hash) => hash.split("?")[0];
  const flat = (some) => some.flat(3).filter((one) => one !== null && one !== undefined && one !== false);

  function foot() {
    const at = cm.index.campaigns.map((c) => c.at).filter(Boolean).sort().pop();
    document.getElementById("foot").replaceChildren(
      el("p", null, "Made by cmcompile ", cm.index.version, at ? [" from ledgers in git; the newest entry is of ", cm.ago(at), ". The ledger is the record, this is a view of it."] : "; there is no ledger yet."));
  }

  cm.index = cm.given("data/index.js");
  const main = document.getElementById("main");
  if (!cm.index || cm.index.format !== 1) {
    main.replaceChildren(el("h1", null, "There are no data"), el("p", null, cm.index ? "data/index.js is of another version of cmcompile: write the site anew." : "data/index.js can't be loaded: it belongs beside this page."));
    return;
  }
  cm.keys();
  foot();
  addEventListener("hashchange", () => cm.show());
  // Plots are drawn for a width.
  let wide = innerWidth;
  addEventListener("resize", () => {
    if (Math.abs(innerWidth - wide) > 40) { wide = innerWidth; cm.show(true); }
  });
  cm.show();
})();

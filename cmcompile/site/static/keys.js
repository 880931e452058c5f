"use strict";
// The keyboard, and light or dark.
(function () {
  const { el } = cm;
  const KEYS = [["/", "search"], ["j, k, ↓, ↑", "next or former row"], ["Enter", "open the row"], ["[, ]", "former or next page of a table"], ["u", "up: to what this is a part of"], ["h", "to the first page"], ["t", "light, dark, or as the system has it"], ["?", "this list"]];
  const THEMES = ["auto", "light", "dark"];
  const SIGNS = { auto: "◐", light: "☀", dark: "☾" };

  function theme() {
    return document.documentElement.dataset.theme || "auto";
  }

  function themed(next) {
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      if (next === "auto") localStorage.removeItem("cmcompile.theme");
      else localStorage.setItem("cmcompile.theme", next);
    } catch { /* it lasts as long as this page */ }
    label();
  }

  function label() {
    const button = document.getElementById("theme");
    button.textContent = SIGNS[theme()];
    button.setAttribute("aria-label", `Colours: ${theme()}`);
    button.title = `Colours: ${theme()}`;
  }

  const turn = () => themed(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);

  function help() {
    const dialog = document.getElementById("keys");
    const close = el("button", { type: "button", on: { click: () => dialog.close() } }, "Close");
    dialog.replaceChildren(el("h2", { id: "keys-title" }, "Keyboard"), el("dl", { class: "facts" }, KEYS.map(([key, words]) => [el("dt", null, el("kbd", null, key)), el("dd", null, words)])), close);
    dialog.showModal();
  }

  function step(by) {
    const rows = [...document.querySelectorAll("main tr[data-href]")];
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement.closest("tr[data-href]"));
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    rows.forEach((row) => { row.tabIndex = row === next ? 0 : -1; });
    next.focus();
  }

  function press(id) {
    const button = document.getElementById(id);
    if (button && !button.disabled) button.click();
  }

  const ACTS = {
    "/": () => { const field = document.getElementById("query"); field.focus(); field.select(); },
    j: () => step(1), k: () => step(-1), "[": () => press("before"), "]": () => press("after"), "?": help, t: turn,
    h: () => { location.hash = "#/"; },
    u: () => { const links = document.querySelectorAll("#crumbs a"); if (links.length) location.hash = links[links.length - 1].getAttribute("href"); },
  };

  function pressed(event) {
    const typing = event.target.closest("input,select,textarea,dialog");
    if (event.key === "Escape" && typing && typing.blur) typing.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest("tr[data-href]");
    if (row && event.key === "Enter" && event.target === row) location.hash = row.dataset.href;
    else if (row && event.key === "ArrowDown") step(1);
    else if (row && event.key === "ArrowUp") step(-1);
    else if (ACTS[event.key]) ACTS[event.key]();
    else return;
    event.preventDefault();
  }

  cm.keys = () => {
    label();
    document.addEventListener("keydown", pressed);
    document.getElementById("theme").addEventListener("click", turn);
    document.getElementById("help").addEventListener("click", help);
    document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); document.getElementById("main").focus(); });
    const field = document.getElementById("query");
    document.getElementById("find").addEventListener("submit", (event) => {
      event.preventDefault();
      location.hash = cm.to.find(field.value.trim());
    });
  };
})();

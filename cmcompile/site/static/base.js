"use strict";
// Elements, figures in words, and data loaded as scripts. All text goes through text nodes.
const cm = { pages: {} };

(function () {
  const SVG = "http://www.w3.org/2000/svg";
  const SAFE = /^(?:#|https?:\/\/|files\/)/;

  function filled(node, about, children) {
    for (const [name, value] of Object.entries(about || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
      else if (name === "style") for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
      else if (name === "href" && !SAFE.test(value)) continue;
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(3)) {
      if (child === null || child === undefined || child === false) continue;
      node.append(child instanceof Node ? child : String(child));
    }
    return node;
  }

  cm.el = (tag, about, ...children) => filled(document.createElement(tag), about, children);
  cm.svg = (tag, about, ...children) => filled(document.createElementNS(SVG, tag), about, children);
  cm.link = (href, about, ...children) => cm.el("a", { href, ...about }, ...children);
  cm.outside = (url, text) =>
    /^https?:\/\//.test(url)
      ? cm.el("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, text || url)
      : cm.el("span", null, text && text !== url ? `${text}: ${url}` : url);

  // Figures.
  const plain = new Intl.NumberFormat("en");
  cm.count = (n) => (n === null || n === undefined ? "–" : plain.format(n));
  cm.many = (n, one, more) => `${plain.format(n)} ${n === 1 ? one : more || one + "s"}`;
  cm.short = (n) =>
    n === null || n === undefined ? "–" : n < 10000 ? plain.format(n) : new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(n);
  // Never 0% or 100% for what is neither nothing nor all.
  cm.percent = (part, all) => {
    if (!all) return "";
    const share = (100 * part) / all;
    if (part <= 0 || part >= all) return share.toFixed(0) + "%";
    const kept = Math.min(99.9, Math.max(0.1, share));
    return (kept < 1 || kept > 99 ? kept.toFixed(1) : kept.toFixed(0)) + "%";
  };
  const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  cm.span = (seconds) => {
    for (const [unit, name] of UNITS) if (seconds >= unit * (unit > 60 ? 2 : 1) || unit === 1) return `${Math.floor(seconds / unit)} ${name}`;
    return "";
  };
  cm.wall = (ms) => {
    if (ms === null || ms === undefined) return "–";
    const s = ms / 1000;
    return s < 1 ? `${ms} ms` : s < 120 ? `${s.toPrecision(3)} s` : s < 7200 ? `${(s / 60).toPrecision(3)} min` : `${(s / 3600).toPrecision(3)} h`;
  };
  cm.hours = (h) => (h === null || h === undefined ? "–" : h === 0 ? "0" : h < 10 ? h.toPrecision(2) : plain.format(Math.round(h)));
  cm.bytes = (n) => {
    if (n === null || n === undefined) return "not known";
    let unit = 0, value = n;
    const names = ["B", "kB", "MB", "GB", "TB", "PB"];
    while (value >= 999.5 && unit < names.length - 1) { value /= 1000; unit += 1; }
    return unit ? `${value.toPrecision(3)} ${names[unit]}` : `${n} B`;
  };
  cm.seconds = (at) => (typeof at === "number" ? at : at ? Date.parse(at) / 1000 : 0);
  cm.stamp = (at) => (cm.seconds(at) ? new Date(cm.seconds(at) * 1000).toISOString().slice(0, 16).replace("T", " ") + " UTC" : "");
  // A moment as its age, with the moment itself behind it.
  cm.ago = (at) => {
    const then = cm.seconds(at);
    if (!then || Number.isNaN(then)) return cm.el("span", { class: "quiet" }, "–");
    const passed = Date.now() / 1000 - then;
    const words = passed < 0 ? cm.stamp(then) : `${cm.span(passed)} ago`;
    return cm.el("time", { datetime: new Date(then * 1000).toISOString(), title: cm.stamp(then) }, words);
  };

  // Data: each file hands over one text of JSON under its own path.
  const texts = new Map();
  const asked = new Map();
  window.cmData = (path, text) => { texts.set(path, text); };
  cm.given = (path) => (texts.has(path) ? JSON.parse(texts.get(path)) : null);
  cm.load = (path, mark) => {
    const key = `${path}?${mark}`;
    if (!asked.has(key)) {
      asked.set(key, new Promise((good, bad) => {
        const tag = cm.el("script", { src: key });
        tag.onload = () => {
          const found = cm.given(path);
          texts.delete(path);
          tag.remove();
          if (found === null) bad(new Error(`${path} holds no data`)); else good(found);
        };
        tag.onerror = () => {
          asked.delete(key);
          tag.remove();
          bad(new Error(`${path} can't be loaded`));
        };
        document.head.append(tag);
      }));
    }
    return asked.get(key);
  };

  cm.say = (text) => { document.getElementById("said").textContent = text; };

  // Must give the same as `mixed` of cmcompile/site/shards.py.
  cm.mixed = (name) => {
    let value = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(name)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
    return value;
  };
})();

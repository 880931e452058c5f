"use strict";
// What many pages show: states, bars, commands, cards for what needs a person, lists of facts.
(function () {
  const { el, count } = cm;
  // Sign, word and colour each say the state; never a colour alone.
  const SIGNS = {
    accepted: "✓", active: "▶", ready: "○", waiting: "…", held: "‖", partial: "◐", failed: "✕", review: "!", rejected: "✕",
    superseded: "–", succeeded: "✓", running: "▶", submitted: "▶", claimed: "○", preparing: "○", prepare_failed: "✕",
    submitting: "▶", unknown: "?", abandoned: "–", cancelling: "–", cancelled: "–", retired: "–",
  };
  const SORTS = {
    accepted: "good", succeeded: "good", active: "busy", running: "busy", submitted: "busy", submitting: "busy", claimed: "busy",
    preparing: "busy", partial: "warn", held: "warn", cancelling: "warn", failed: "bad", review: "bad", rejected: "bad",
    unknown: "bad", prepare_failed: "bad",
  };
  const ORDER = ["accepted", "active", "ready", "held", "waiting", "partial", "failed", "review", "rejected", "superseded"];
  cm.STATES = ORDER;
  cm.sign = (state) => SIGNS[state] || "·";
  cm.sort = (state) => SORTS[state] || "calm";

  cm.state = (state) =>
    el("span", { class: `state ${cm.sort(state)}` }, el("span", { "aria-hidden": "true", class: "sign" }, SIGNS[state] || "·"), state.replace("_", " "));

  cm.sum = (counts) => counts.reduce((all, [, n]) => all + n, 0);
  cm.of = (counts, state) => (counts.find(([name]) => name === state) || [state, 0])[1];

  // A bar of states; what it shows stands in words for those who don't see it.
  cm.bar = (counts) => {
    const all = cm.sum(counts);
    const some = ORDER.map((state) => [state, cm.of(counts, state)]).filter(([, n]) => n);
    const words = some.map(([state, n]) => `${count(n)} ${state}`).join(", ");
    return el("div", { class: "bar", role: "img", "aria-label": words || "no group", title: words },
      some.map(([state, n]) => el("span", { class: `${cm.sort(state)} s-${state}`, style: { "flex-grow": String(Math.max(n, all / 150)) } })));
  };

  cm.legend = (counts, href) =>
    el("ul", { class: "legend" }, ORDER.map((state) => [state, cm.of(counts, state)]).filter(([, n]) => n).map(([state, n]) =>
      el("li", null, el("a", { href: href(state) }, el("b", null, count(n)), " ", cm.state(state)))));

  cm.command = (text) => {
    if (!text) return null;
    const button = el("button", { type: "button", class: "copy", "aria-label": `Copy: ${text}` }, "copy");
    const said = () => { button.textContent = "copied"; cm.say("copied"); setTimeout(() => { button.textContent = "copy"; }, 1500); };
    const code = el("code", { tabindex: "0" }, text);
    button.addEventListener("click", () => {
      const select = () => { const range = document.createRange(); range.selectNodeContents(code); getSelection().removeAllRanges(); getSelection().addRange(range); };
      if (navigator.clipboard) navigator.clipboard.writeText(text).then(said, select); else select();
    });
    return el("div", { class: "command" }, code, button);
  };

  // A decision is made by an edit of a file; a forge shows the page for it.
  cm.editing = (campaign) => {
    const page = campaign.decided ? cm.index.edit : cm.index.new;
    if (!page || !campaign.decisions) return null;
    const path = campaign.decisions.split("/").map(encodeURIComponent).join("/");
    return cm.outside(page.replace("{path}", () => path), campaign.decided ? "edit decisions.yaml" : "begin decisions.yaml");
  };

  cm.commit = (commit) => {
    if (!commit) return el("span", { class: "quiet" }, "none: an uncommitted tree");
    const short = el("code", null, commit.slice(0, 12));
    if (!cm.index.commit || !/^[0-9a-f]{40,64}$/.test(commit)) return short;
    return el("a", { href: cm.index.commit.replace("{commit}", commit), rel: "noopener noreferrer", target: "_blank", title: commit }, short);
  };

  // One card for each reason why a person is needed.
  cm.card = (campaign, found, inside) => {
    const table = cm.to.campaign(campaign.name, "groups", { step: found.step, reason: found.reason });
    const [subject, state, detail, workflow, command] = found.some[0];
    const [step, group] = subject.split("/");
    const only = found.number === 1 && state;
    const to = only ? cm.to.group(campaign.name, step, group) : state ? table : cm.to.campaign(campaign.name);
    const words = only ? subject : `${found.step ? found.step + ", " : ""}${cm.many(found.number, state ? "group" : "file")}`;
    return el("li", { class: `card ${found.severity}` },
      el("div", { class: "head" },
        el("h3", null, !inside && [el("a", { href: cm.to.campaign(campaign.name), class: "soft" }, campaign.name), " "], el("a", { href: to }, words), el("span", { class: "why" }, `: ${found.words}`)),
        el("span", { class: "chip" }, found.severe)),
      only || !state ? detail && el("p", { class: "detail" }, only ? detail : `${subject}: ${detail}`) : named(campaign, found),
      counted("Failing: ", found.tasks, "quantum", "quanta"),
      counted("Failing at: ", found.sites, "quantum", "quanta"),
      found.messages && found.messages.map(([text, n]) => el("p", { class: "message" }, el("code", null, text), n > 1 && ` × ${count(n)}`)),
      el("div", { class: "acts" }, cm.command(found.number === 1 ? command : found.all),
        found.number > 1 && state && el("a", { href: table }, `all ${count(found.number)} groups`),
        workflow && only && el("a", { href: cm.toNamed(campaign.name, step, workflow, group) }, `workflow ${workflow.split("@").pop()}`),
        cm.editing(campaign), found.since && el("span", { class: "quiet" }, "since ", cm.ago(found.since))),
      inside && found.number > 1 && each(campaign, found));
  };

  const counted = (title, some, one, more) =>
    some && el("p", { class: "detail" }, title, some.map(([name, n], at) => [at ? ", " : "", el("b", null, name), ` ${cm.many(n, one, more)}`]));

  function named(campaign, found) {
    const shown = found.some.slice(0, 4);
    const rest = found.number - shown.length;
    return el("p", { class: "detail" }, shown.map(([subject, , detail], at) => {
      const [step, group] = subject.split("/");
      return [at ? "; " : "", el("a", { href: cm.to.group(campaign.name, step, group) }, group), detail && el("span", { class: "quiet" }, ` ${detail}`)];
    }), rest > 0 && `; and ${count(rest)} more`);
  }

  // What to type for each of them.
  function each(campaign, found) {
    const rest = found.number - found.some.length;
    return el("details", null, el("summary", null, rest > 0 ? `Commands for the first ${found.some.length}` : "A command for each"), el("ul", { class: "each" }, found.some.map(([subject, state, detail, , command]) => {
      const [step, group] = subject.split("/");
      return el("li", null, state ? el("a", { href: cm.to.group(campaign.name, step, group) }, subject) : subject, " ", el("span", { class: "quiet" }, detail), " ", cm.command(command));
    })));
  }

  cm.facts = (rows) => {
    const some = rows.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
    return el("dl", { class: "facts" }, some.map(([name, value]) => [el("dt", null, name), el("dd", null, value)]));
  };

  cm.section = (id, title, ...children) =>
    el("section", { "aria-labelledby": id }, el("h2", { id }, title), ...children);

  cm.links = (links) => links && links.length > 0 && el("p", { class: "links" }, links.map(([name, url]) => [cm.outside(url, name), " "]));

  cm.none = (text) => el("p", { class: "quiet" }, text);
})();

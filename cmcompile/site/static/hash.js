"use strict";
// The address of a view: all of it stands behind the hash, so that a link shows what its sender saw.
(function () {
  cm.hash = (path, query) => {
    const some = Object.entries(query || {}).filter(([, value]) => value !== "" && value !== null && value !== undefined);
    const tail = new URLSearchParams(some).toString();
    return "#/" + path.map(encodeURIComponent).join("/") + (tail ? "?" + tail : "");
  };

  function decoded(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  cm.where = (hash) => {
    const [path, query] = (hash.replace(/^#\/?/, "") + "?").split("?");
    return {
      path: path.split("/").filter(Boolean).map(decoded),
      query: Object.fromEntries(new URLSearchParams(query)),
    };
  };

  // Puts what has changed into the address; typing makes no step of history for each letter.
  cm.narrow = (changes, typing) => {
    const { path, query } = cm.where(location.hash);
    const next = cm.hash(path, { ...query, ...changes });
    if (next === location.hash) return;
    if (typing) {
      history.replaceState(null, "", next);
      cm.show(true);
    } else location.hash = next;
  };

  cm.to = {
    home: () => "#/",
    campaign: (c, tab, query) => cm.hash(tab ? ["c", c, tab] : ["c", c], query),
    group: (c, step, group) => cm.hash(["g", c, step, group]),
    run: (c, step, group, workflow) => cm.hash(["g", c, step, group, workflow]),
    find: (q) => cm.hash(["find"], { q }),
  };

  // `12@w00`, `memory.12@w01`: a workflow, of the group or of one that covers it.
  cm.toNamed = (c, step, address, group) => {
    const [head, tail] = address.includes("@") ? address.split("@") : [group, address];
    return cm.to.run(c, step, head, tail);
  };
})();

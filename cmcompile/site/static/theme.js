"use strict";
// Loaded before anything is painted, so that no light page flashes in the dark.
(function () {
  let kept = null;
  try { kept = localStorage.getItem("cmcompile.theme"); } catch { /* files of some browsers keep nothing */ }
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();

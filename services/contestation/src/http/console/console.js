// One key does what a button says (data-touche), unless somebody is writing. Pages work without this.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const at = event.target;
  const isWriting = at.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
  if (isWriting && event.key !== "Escape") return;
  // Enter on a button or link is that button's or link's own.
  if (event.key === "Enter" && at.matches("button, a, summary, input")) return;
  for (const one of document.querySelectorAll("[data-touche]")) {
    if (one.dataset.touche === event.key) {
      event.preventDefault();
      one.click();
      return;
    }
  }
});

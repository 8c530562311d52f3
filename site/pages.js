/* What the pages need beyond the theme: wide parts can be scrolled by keyboard, formulas shrink a
   little before they have to be, and a printed page shows its folded answers. */

const SMALLEST = 0.8; // of the size of a formula, so that it can still be read

function fitFormulas() {
  for (const frame of document.querySelectorAll("article div.math")) {
    const picture = frame.querySelector("svg");
    if (!picture || !frame.clientWidth) continue; // nothing to see, or folded away
    picture.style.width = picture.style.height = "";
    const { width, height } = picture.getBoundingClientRect();
    const scale = Math.max(SMALLEST, frame.clientWidth / width);
    if (scale >= 1) continue;
    picture.style.width = `${Math.floor(scale * width)}px`;
    picture.style.height = `${scale * height}px`;
  }
}

function isWide(part) {
  if (!part.closest("span.math")) return part.scrollWidth > part.clientWidth + 1;
  const place = part.closest("p, li, td, div"); // a formula within a line has no width of its own
  return part.querySelector("svg").getBoundingClientRect().width > place.clientWidth + 1;
}

function markWide() {
  const parts = "pre, div.math, mjx-container, .pst-scrollable-table-container, .cell_output .output";
  for (const part of document.querySelector("article").querySelectorAll(parts)) {
    const wide = isWide(part);
    part.classList.toggle("wide", wide);
    if (wide) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}

function fit() {
  fitFormulas();
  markWide();
}

window.addEventListener("load", () => {
  const drawn = window.MathJax?.startup?.promise ?? Promise.resolve();
  drawn.then(fit);
  window.addEventListener("resize", fit);
  document.addEventListener("toggle", fit, true); // what was folded could not be measured
});

let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("article details:not([open], .hide)")];
  for (const part of opened) part.open = true;
});
window.addEventListener("afterprint", () => {
  for (const part of opened) part.open = false;
});

"use strict";
const lines = [...document.querySelectorAll("li[id]")];
const shown = () => lines.filter((line) => !line.hidden);
let here = null;

function go(line) {
  if (!line) return;
  document.querySelector(".here")?.classList.remove("here");
  document.querySelector(`.lane a[href="#${line.id}"]`)?.classList.add("here");
  if (here) here.tabIndex = -1;
  here = line;
  line.tabIndex = 0;
  line.focus();
}

function step(by) {
  const all = shown();
  const next = here ? all.indexOf(here) + by : 0;
  go(all[Math.max(0, Math.min(all.length - 1, next))]);
}

const keys = {
  j: () => step(1), ArrowDown: () => step(1),
  k: () => step(-1), ArrowUp: () => step(-1),
  Home: () => go(shown()[0]), End: () => go(shown().at(-1)),
  b: () => go(shown().find((line) => line.dataset.what === "broken")),
};

document.addEventListener("keydown", (event) => {
  const typed = keys[event.key];
  if (!typed || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, summary") && event.key.length > 1) return;
  event.preventDefault();
  typed();
});

for (const line of lines) line.addEventListener("focus", () => { if (here !== line) go(line); });

for (const dot of document.querySelectorAll(".lane a")) {
  dot.addEventListener("click", (event) => {
    event.preventDefault();
    const line = document.getElementById(dot.hash.slice(1));
    if (!line.hidden) go(line);
  });
}

for (const box of document.querySelectorAll("input[type=checkbox]")) {
  box.addEventListener("change", () => {
    const about = (each) => each.dataset.what === box.value;
    for (const line of lines) if (about(line)) line.hidden = !box.checked;
    for (const dot of document.querySelectorAll(".lane a")) if (about(dot)) dot.hidden = !box.checked;
  });
}

if (shown().length) shown()[0].tabIndex = 0;

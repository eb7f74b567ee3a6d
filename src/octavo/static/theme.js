// Before the page is drawn, so that a chosen theme does not flash the other one first.
"use strict";
const chosen = localStorage.getItem("octavo-theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
document.addEventListener("click", (event) => {
  if (!event.target.closest("#theme")) return;
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  localStorage.setItem("octavo-theme", root.dataset.theme = isDark ? "light" : "dark");
});

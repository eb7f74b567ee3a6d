// Before the page is drawn, so that a chosen theme does not flash the other one first.
"use strict";
const chosen = localStorage.getItem("octavo-theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;

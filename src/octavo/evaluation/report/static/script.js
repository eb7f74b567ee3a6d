// The questions of the report: a list that grows as it is asked for, and the page of the chosen one.
// Texts of documents and models are only ever set as text, never as markup.
"use strict";

const STEP = 50; // questions shown at once
const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const list = find("list"), viewer = find("viewer"), more = find("more"), found = find("found");
const narrow = matchMedia("(max-width: 860px)");
const inputs = { search: find("search"), outcome: find("outcome"), kind: find("kind"), text: find("text") };
let shown = [], chosen = null, limit = STEP;

function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const right = (score) => score >= data.right;
const outcomes = {
  all: () => true,
  wrong: (q) => !right(q.score),
  right: (q) => right(q.score),
  failed: (q) => Boolean(q.failure),
  sure: (q) => !right(q.score) && q.confidence >= 0.5,
  gained: (q) => q.other && right(q.score) && !right(q.other.score),
  lost: (q) => q.other && !right(q.score) && right(q.other.score),
};

function matches(q) {
  const words = inputs.search.value.trim().toLowerCase();
  return outcomes[inputs.outcome.value](q)
    && (!inputs.kind.value || q.kind === inputs.kind.value)
    && (!inputs.text.value || q.parts.text === inputs.text.value)
    && (!words || [q.question, q.prediction, q.document, ...q.references].join("\n").toLowerCase().includes(words));
}

function answer(into, label, text, className, score) {
  into.append(make("dt", "", label), make("dd", text ? className : "empty", text || "no answer"));
  into.append(make("span", "score " + (score === undefined ? "" : right(score) ? "good" : "bad"),
    score === undefined ? "" : score.toFixed(2)));
}

function card(q) {
  const item = make("li", "q"), button = make("button"), head = make("div", "head"), answers = make("dl", "answers");
  head.append(make("span", "document", q.document + (q.page ? `, page ${q.page}` : "")), make("span", "badge", q.kind || "question"));
  answer(answers, "true", q.references[0], "true");
  answer(answers, q.other ? "this" : "answer", q.failure ? `failed: ${q.failure}` : q.prediction, right(q.score) ? "" : "wrong", q.score);
  if (q.other) answer(answers, "other", q.other.prediction, right(q.other.score) ? "" : "wrong", q.other.score);
  button.append(head, make("p", "question", q.question), answers);
  button.addEventListener("click", () => choose(item, q));
  item.append(button);
  return item;
}

function choose(item, q) {
  const again = chosen === item;
  if (chosen) chosen.classList.remove("chosen");
  if (narrow.matches && again) { chosen = null; viewer.hidden = true; return; }
  chosen = item;
  item.classList.add("chosen");
  show(q);
  if (narrow.matches) item.append(viewer); else find("desk").append(viewer);
}

function box(sheet, corners, className) {
  const [x0, y0, x1, y1] = corners.map((edge) => Math.min(1, Math.max(0, Number(edge) || 0)) * 100);
  const mark = make("div", `box ${className}`);
  Object.assign(mark.style, { left: `${x0}%`, top: `${y0}%`, width: `${x1 - x0}%`, height: `${y1 - y0}%` });
  sheet.append(mark);
}

// A page is taller than its window: what is marked is what one wants to see.
function reveal() {
  const mark = viewer.querySelector(".box");
  viewer.scrollTop = 0;
  if (mark && !narrow.matches) {
    const place = mark.getBoundingClientRect(), frame = viewer.getBoundingClientRect();
    if (place.bottom > frame.bottom) viewer.scrollTop = (place.top + place.bottom) / 2 - (frame.top + frame.bottom) / 2;
  }
}

function show(q) {
  viewer.hidden = false;
  viewer.replaceChildren();
  const picture = data.pictures[q.picture];
  const facts = make("p", "legend");
  const key = (className, text) => { const part = make("span"); part.append(make("i", className), text); facts.append(part); };
  if (q.boxes.length) key("gold", "where the answer stands");
  if (q.guessed.length) key("guess", "where this answer was found");
  if (q.other && q.other.guessed.length) key("second", "where the other's was found");
  facts.append(make("span", "", [
    q.confidence === null ? "" : `confidence ${q.confidence.toFixed(2)}`,
    q.shown ? `page ${q.shown} of ${q.pages}` : "",
    q.references.length > 1 ? `also true: ${q.references.slice(1, 6).join(" | ")}` : "",
    q.options.length ? `options: ${q.options.map((text, i) => `${String.fromCharCode(65 + i)}. ${text}`).join("  ")}` : "",
  ].filter(Boolean).join(" · ")));
  viewer.append(facts);
  if (!picture) {
    viewer.append(make("p", "none", "The report holds no picture of this page."));
    return;
  }
  const sheet = make("div", "sheet"), image = make("img");
  image.alt = `page ${q.shown} of ${q.document}`;
  image.addEventListener("load", reveal);
  image.src = picture;
  sheet.append(image);
  if (q.page === q.shown) q.boxes.forEach((one) => box(sheet, one, "gold"));
  if (q.guessedPage === q.shown) q.guessed.forEach((one) => box(sheet, one, "guess"));
  if (q.other && q.other.guessedPage === q.shown) q.other.guessed.forEach((one) => box(sheet, one, "second"));
  viewer.append(sheet);
}

function fill() {
  const from = list.childElementCount;
  list.append(...shown.slice(from, limit).map(card));
  more.hidden = limit >= shown.length;
}

function filter() {
  shown = data.questions.filter(matches);
  limit = STEP;
  chosen = null;
  find("desk").append(viewer);
  viewer.hidden = true;
  list.replaceChildren();
  fill();
  found.textContent = `${shown.length} of ${data.questions.length}`;
  if (shown.length && !narrow.matches) choose(list.firstElementChild, shown[0]);
  if (!shown.length) list.append(make("li", "none", "No question is like that."));
}

more.addEventListener("click", () => { limit += STEP; fill(); });
Object.values(inputs).forEach((input) => input.addEventListener("input", filter));
filter();

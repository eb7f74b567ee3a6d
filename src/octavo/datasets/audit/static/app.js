// The state of the page, and what changes it: filters, leafing, judging, samples, keys.

import * as api from "./api.js";
import { card, openEditor } from "./cards.js";
import { address, fillFilters, filter, remember } from "./filters.js";
import { markTick, showSample } from "./sample.js";
import * as viewer from "./viewer.js";
import { byId, element, say } from "/shared/dom.js";
import * as zoom from "/shared/zoom.js";

const DONE = { accept: "Accepted", reject: "Rejected", edit: "Saved" };
const form = byId("filters");

const state = {
  row: null, // as the server gives it
  found: null, // the counts under the filter
  shown: [], // the questions listed, in the order of their numbers
  chosen: null, // position of a question in the row
  all: false, // list the page's other questions, too
  sample: null, // {count, seed, at, pairs, ...} while a sample is judged
  busy: false,
};

// ---- showing a row

async function show(near, step, choice = "first") {
  const asked = state.sample ? {} : filter();
  const found = await api.fetchRow(near, step, asked);
  showProgress(found);
  if (!found.row) {
    if (step === 0) showNothing();
    else say(step > 0 ? "This is the last page." : "This is the first page.");
    return false;
  }
  state.row = found.row;
  state.all = false;
  if (!state.sample) {
    state.found = found;
    showFound();
  }
  const images = found.row.images;
  byId("document").textContent = found.row.document || `row ${found.row.number + 1}`;
  byId("about").textContent = [
    images.length === 1 ? `page ${images[0].page}` : `${images.length} pages`,
    state.sample ? "" : `${found.at.toLocaleString("en")} of ${found.rows.toLocaleString("en")}`,
    found.row.split, found.row.language, found.row.text === "ocr" ? "read by OCR" : "",
  ].filter(Boolean).join(" · ");
  byId("previous").disabled = state.sample ? state.sample.at === 0 : found.at <= 1;
  byId("next").disabled = state.sample ? state.sample.at + 1 >= state.sample.pairs.length : found.at >= found.rows;
  list(choice);
  remember(state.sample, state.row);
  return true;
}

/** How far down its row a question's evidence begins, in pages; what has no evidence comes last. */
function height({ page, boxes }) {
  const at = state.row.images.findIndex((image) => image.page === page);
  return at < 0 || !boxes.length ? Infinity : at + Math.min(...boxes.map((box) => box[1]));
}

/** The number of the first card: a pair of a sample keeps its own. */
const firstNumber = () => (state.sample ? state.sample.at + 1 : 1);

function byHeight(one, other) {
  const [a, b] = [height(one), height(other)];
  return a === b ? one.position - other.position : a - b;
}

function list(choice) {
  const { row, sample } = state;
  const pair = sample?.pairs[sample.at];
  const isShown = (question) => (pair ? question.position === pair.position : question.matches || state.all);
  state.shown = row.listed.filter(isShown).sort(byHeight);
  viewer.draw(row, state.shown, firstNumber(), { hover, choose });
  const positions = state.shown.map((question) => question.position);
  if (choice === "last") state.chosen = positions.at(-1) ?? null;
  else state.chosen = positions.includes(choice) ? choice : positions[0] ?? null;
  drawCards();
  choose(state.chosen);
}

function drawCards() {
  const cards = state.shown.map((question, index) =>
    card(question, firstNumber() + index, question.position === state.chosen, { hover, choose, decide: judge, edit }));
  const others = state.sample ? 0 : state.row.listed.length - state.shown.length;
  if (others) {
    const more = element("button", "link", { type: "button", onclick: () => { state.all = true; list(state.chosen); } },
      `Show ${others} more of this page, outside the filter`);
    cards.push(element("li", "more", {}, more));
  }
  byId("cards").replaceChildren(...cards);
}

function showNothing() {
  state.row = null;
  state.shown = [];
  state.chosen = null;
  byId("desk").replaceChildren();
  byId("document").textContent = "";
  byId("about").textContent = "";
  byId("found").textContent = "0 questions";
  byId("previous").disabled = byId("next").disabled = true;
  byId("cards").replaceChildren(element("li", "empty", {}, "No question is like this."));
  remember(state.sample, state.row);
}

function showFound() {
  const { matching, rows, matching_judged: judged } = state.found;
  const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  byId("found").textContent = `${count(matching, "question")} on ${count(rows, "page")}, ${judged.toLocaleString("en")} judged`;
}

function showProgress({ judged, questions }) {
  const format = (count) => count.toLocaleString("en");
  byId("progress-text").textContent = `${format(judged)} of ${format(questions)} judged`;
  const bar = byId("progress-bar");
  bar.setAttribute("aria-valuemax", questions);
  bar.setAttribute("aria-valuenow", judged);
  bar.firstElementChild.style.width = `${questions ? judged / questions * 100 : 0}%`;
}

// ---- one question lit up, one chosen

function hover(position) {
  viewer.light(position, state.chosen);
  for (const made of byId("cards").children) made.classList.toggle("lit", position !== null && made.dataset.position === String(position));
}

function choose(position) {
  state.chosen = position;
  for (const made of byId("cards").children) {
    const isChosen = position !== null && made.dataset.position === String(position);
    made.classList.toggle("chosen", isChosen);
    if (isChosen) {
      made.setAttribute("aria-current", "true");
      made.scrollIntoView({ block: "nearest" });
    } else made.removeAttribute("aria-current");
  }
  viewer.light(null, position);
  viewer.reveal(position);
}

const chosenQuestion = () => state.shown.find((question) => question.position === state.chosen);

// ---- moving

async function turn(step) {
  if (state.sample) return goTo(state.sample.at + step);
  return state.row && show(state.row.number, step);
}

async function move(step) {
  const at = state.shown.findIndex((question) => question.position === state.chosen) + step;
  if (at >= 0 && at < state.shown.length) return choose(state.shown[at].position);
  if (state.sample) return goTo(state.sample.at + step);
  return state.row && show(state.row.number, step, step < 0 ? "last" : "first");
}

/** After a judgement: the next question of the page that is not judged yet, else the next page. */
async function advance() {
  if (state.sample) {
    const { pairs, at } = state.sample;
    const later = pairs.findIndex((pair, index) => index > at && !pair.verdict);
    const next = later >= 0 ? later : pairs.findIndex((pair) => !pair.verdict);
    return next >= 0 ? goTo(next) : say("Every pair of the sample is judged.");
  }
  const at = state.shown.findIndex((question) => question.position === state.chosen);
  const next = state.shown.slice(at + 1).find((question) => !question.decision);
  return next ? choose(next.position) : show(state.row.number, 1);
}

// ---- judging

async function decide(question, verdict, texts = {}) {
  const pressed = document.activeElement?.closest(".actions button")?.className; // by Tab and Enter
  const judged = await api.judge({ row: state.row.number, position: question.position, id: question.id, verdict, ...texts });
  for (const same of state.row.listed.filter((other) => other.id === question.id)) { // a set may ask a thing twice
    if (!same.decision && same.matches && !state.sample) state.found.matching_judged += 1;
    Object.assign(same, judged.question, { position: same.position });
    viewer.mark(same);
  }
  if (!state.sample) showFound();
  showProgress(judged);
  say(`${DONE[verdict]}. ${judged.judged} of ${judged.questions} judged.`);
  if (state.sample) await refreshSample();
  drawCards();
  if (verdict === "edit") list(question.position); // the boxes may have shrunk to the new answer
  else await advance();
  if (pressed) byId("cards").querySelector(`.card.chosen .actions .${pressed}`)?.focus({ preventScroll: true });
}

function edit(question) {
  choose(question.position);
  const opened = byId("cards").querySelector(".card.chosen");
  openEditor(opened, question, (texts) => {
    drawCards();
    if (texts) guarded(() => decide(question, "edit", texts));
  });
}

async function undo() {
  const undone = await api.undo();
  showProgress(undone);
  if (!undone.place) return say("Nothing to undo in this tab.");
  if (state.sample) {
    await refreshSample();
    const at = state.sample.pairs.findIndex((pair) => pair.id === undone.place.id);
    if (at >= 0) { await goTo(at); return say("Taken back."); }
    leaveSample();
  }
  let isThere = await show(undone.place.row, 0, undone.place.position);
  if (!isThere || state.row.number !== undone.place.row || state.chosen !== undone.place.position) {
    form.reset(); // the filter hides it
    isThere = await show(undone.place.row, 0, undone.place.position);
  }
  return say("Taken back.");
}

// ---- a random sample

async function startSample(count, seed) {
  state.sample = { count, seed, at: 0, pairs: [] };
  await refreshSample();
  if (!state.sample.pairs.length) {
    leaveSample();
    say("No question is like this.", true);
    return show(0, 0);
  }
  const first = state.sample.pairs.findIndex((pair) => !pair.verdict);
  byId("sample").hidden = false;
  form.hidden = true;
  return goTo(Math.max(first, 0));
}

async function refreshSample() {
  const { count, seed } = state.sample;
  Object.assign(state.sample, await api.fetchSample(count, seed, filter()));
  showSample(state.sample, filter(), (index) => guarded(() => goTo(index)));
}

async function goTo(at) {
  const { pairs } = state.sample;
  if (at < 0 || at >= pairs.length) return say(at < 0 ? "This is the first pair." : "This is the last pair.");
  state.sample.at = at;
  markTick(at);
  return show(pairs[at].row, 0, pairs[at].position);
}

function leaveSample() {
  state.sample = null;
  byId("sample").hidden = true;
  form.hidden = false;
}

// ---- events

let last = Promise.resolve();

/** Run something that asks the server, after what was asked before; say what went wrong. */
function guarded(action) {
  last = last.then(async () => {
    state.busy = true;
    byId("cards").setAttribute("aria-busy", "true");
    try {
      await action();
    } catch (error) {
      console.warn(error);
      say(error instanceof TypeError ? "The server does not answer: is octavo inspect still running?" : error.message, true);
    } finally {
      state.busy = false;
      byId("cards").removeAttribute("aria-busy");
    }
  });
}

/** The same for keys and judgements, which do nothing meanwhile: none may judge a question that is not shown yet. */
function ifIdle(action) {
  if (!state.busy) guarded(action);
}

function judge(question, verdict) {
  if (question) ifIdle(() => decide(question, verdict));
}

const KEYS = {
  ArrowLeft: () => ifIdle(() => turn(-1)),
  ArrowRight: () => ifIdle(() => turn(1)),
  ArrowUp: () => ifIdle(() => move(-1)),
  ArrowDown: () => ifIdle(() => move(1)),
  a: () => judge(chosenQuestion(), "accept"),
  r: () => judge(chosenQuestion(), "reject"),
  e: () => !state.busy && chosenQuestion() && edit(chosenQuestion()),
  u: () => ifIdle(undo),
  "/": () => form.elements.text.focus(),
  "+": zoom.larger,
  "=": zoom.larger,
  "-": zoom.smaller,
  0: zoom.fit,
  "?": () => byId("keys-dialog").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  if (event.repeat && "areu".includes(event.key)) return; // a key held down judges once
  KEYS[event.key]();
});

let typing = 0;
const refilter = () => guarded(() => show(state.row?.number ?? 0, 0, state.chosen));
form.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(refilter, 150); });
form.addEventListener("submit", (event) => { event.preventDefault(); form.elements.text.blur(); });
form.addEventListener("reset", () => setTimeout(refilter));

byId("previous").addEventListener("click", () => ifIdle(() => turn(-1)));
byId("next").addEventListener("click", () => ifIdle(() => turn(1)));
byId("undo").addEventListener("click", () => guarded(undo));
byId("keys").addEventListener("click", () => byId("keys-dialog").showModal());
byId("sampling").addEventListener("click", () => byId("sample-dialog").showModal());
byId("leave").addEventListener("click", () => guarded(() => { leaveSample(); return show(state.row.number, 0); }));
document.querySelector("[data-close]").addEventListener("click", () => byId("sample-dialog").close());
byId("sample-form").addEventListener("submit", (event) => {
  const { sample, seed } = event.target.elements;
  guarded(() => startSample(Number(sample.value), Number(seed.value)));
});

guarded(async () => {
  const dataset = await api.fetchDataset();
  byId("dataset").textContent = dataset.name;
  document.title = `${dataset.name} – octavo inspect`;
  fillFilters(dataset.facets);
  if (Number(address.get("sample")) > 0) await startSample(Number(address.get("sample")), Number(address.get("seed") ?? 0));
  else await show(Number(address.get("row") ?? 0), 0);
});

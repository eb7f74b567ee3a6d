// The state of the page, and what changes it: opening, leafing, asking, keys.

import * as api from "./api.js";
import * as cards from "./cards.js";
import { asJson, citation, copy } from "./citation.js";
import { choose as chooseFile, listen, showExamples } from "./start.js";
import * as viewer from "./viewer.js";
import { byId, element, say } from "/shared/dom.js";
import * as zoom from "/shared/zoom.js";

const form = byId("asking");

const state = {
  model: "",
  file: null, // as the browser has it: the server forgets what nobody used for long
  document: null, // as the server tells it
  number: 1, // of the page that is shown or on its way
  page: null, // the page that is shown
  grid: false,
  drawn: new Map(), // exchange -> its card
  chosen: null, // the exchange whose evidence is shown
  running: null, // what stops the answer that is being written
};
let openings = 0; // files and pages that were asked for: the last one wins
let turns = 0;

// ---- opening a file

async function open(file, questions = []) {
  const opening = ++openings;
  say(`Opening ${file.name}`);
  const found = await api.sendFile(file);
  if (opening !== openings) return;
  state.running?.abort();
  Object.assign(state, { file, document: found, chosen: null });
  state.drawn.clear();
  byId("document").textContent = found.filename;
  byId("count").textContent = found.pages;
  document.title = `${found.filename} – octavo`;
  byId("cards").replaceChildren(element("li", "empty", {}, "Ask something: the answer is marked where it stands on the page."));
  showScope();
  suggest(questions);
  await turnTo(1);
  byId("start").hidden = true;
  byId("work").hidden = false;
  byId("question").focus();
}

function showScope() {
  const { pages, most } = state.document;
  byId("scopes").hidden = pages === 1;
  byId("all-text").textContent = pages > most ? `those of ${pages} pages whose words fit best, at most ${most}` : `all ${pages} pages`;
  form.elements.scope.value = "all";
}

function suggest(questions) {
  byId("suggestions").replaceChildren(...questions.map((question) =>
    element("button", "chip", { type: "button", onclick: () => guarded(() => ask(question)) }, question)));
}

/** Do something with the file's id; where the server has forgotten the file, send it again first. */
async function withFile(action) {
  try {
    return await action(state.document.id);
  } catch (error) {
    if (error.code !== "no_such_file") throw error;
    state.document = await api.sendFile(state.file);
    return action(state.document.id);
  }
}

// ---- leafing

async function turnTo(number) {
  if (!(number >= 1 && number <= state.document.pages)) {
    byId("number").value = state.number;
    return say(`There are pages 1 to ${state.document.pages}.`);
  }
  const turn = ++turns;
  state.number = byId("number").value = number;
  const page = await fetchPage(number);
  if (turn !== turns) return URL.revokeObjectURL(page.picture);
  state.page = page;
  viewer.draw(page, state.document.filename);
  viewer.showGrid(page.grid, state.grid);
  byId("about").textContent = page.words ? "" : " · no text layer";
  byId("previous").disabled = number === 1;
  byId("next").disabled = number === state.document.pages;
  return showEvidence();
}

/** What the server says of a page; one that it cannot read is an empty sheet, so that others can be leafed to. */
async function fetchPage(number) {
  try {
    return await withFile((id) => api.fetchPage(id, number));
  } catch (error) {
    if (error.status !== 400) throw error;
    say(error.message, true);
    return { number, width: 210, height: 297, grid: [0, 0], words: 0, picture: "" };
  }
}

const leaf = (step) => turnTo(state.number + step);

function toggleGrid() {
  state.grid = !state.grid;
  byId("grid").setAttribute("aria-pressed", state.grid);
  viewer.showGrid(state.page.grid, state.grid);
  if (state.grid) say(`The model sees ${viewer.described(state.page.grid)}.`);
}

// ---- one answer chosen

/** Show where an answer stands, on the page where it does. */
async function choose(exchange) {
  state.chosen = exchange;
  for (const [other, { made }] of state.drawn) {
    made.classList.toggle("chosen", other === exchange);
    if (other === exchange) made.setAttribute("aria-current", "true");
    else made.removeAttribute("aria-current");
  }
  const page = exchange.evidence?.page ?? state.number;
  if (page === state.number) showEvidence();
  else await turnTo(page);
}

function showEvidence() {
  const evidence = state.chosen?.evidence;
  viewer.mark(evidence?.page === state.page.number ? evidence.boxes : []);
}

async function copied(text) {
  await copy(text);
  say("Copied.");
}

const copyCitation = (exchange) => copied(citation(exchange, state.document.filename));

const act = {
  choose: (exchange) => guarded(() => choose(exchange)),
  again: (exchange) => guarded(() => askAgain(exchange)),
  copyCitation: (exchange) => guarded(() => copyCitation(exchange)),
  copyJson: (exchange) => guarded(() => copied(asJson(exchange))),
};

// ---- asking

/** The pages that a question is put to, and what its answer is held to: the request's field octavo. */
function chosenHow() {
  const mode = form.elements.mode.value;
  return form.elements.scope.value === "page" ? { mode, pages: [state.number] } : { mode, most: state.document.most };
}

function ask(question, how = chosenHow()) {
  if (!question || state.running) return undefined;
  const exchange = { question, how, text: "", reason: "", evidence: null, fault: "", started: performance.now() };
  const card = cards.makeCard(exchange, act);
  byId("cards").querySelector(".empty")?.remove();
  byId("cards").prepend(card.made);
  byId("cards").scrollTo(0, 0);
  state.drawn.set(exchange, card);
  choose(exchange);
  return run(exchange, card);
}

function askAgain(exchange) {
  if (state.running) return undefined;
  state.drawn.get(exchange).made.remove();
  state.drawn.delete(exchange);
  return ask(exchange.question, exchange.how);
}

async function run(exchange, card) {
  const running = new AbortController();
  state.running = running;
  showRunning(true);
  const clock = setInterval(() => cards.showTime(card, exchange), 100);
  try {
    const { model } = state;
    const events = await withFile((id) => api.ask(model, id, exchange.question, exchange.how, running.signal));
    for await (const event of events) {
      exchange.text += event.choices[0].delta.content ?? "";
      exchange.reason = event.choices[0].finish_reason;
      exchange.evidence = event.octavo ?? null;
      cards.showText(card, exchange);
    }
  } catch (error) {
    exchange.evidence = null;
    exchange.fault = running.signal.aborted ? "Stopped." : inWords(error);
  } finally {
    clearInterval(clock);
    state.running = null;
    showRunning(false);
  }
  cards.finish(card, exchange);
  byId("spoken").textContent = cards.spokenAnswer(exchange);
  if (state.chosen === exchange) await choose(exchange);
}

function showRunning(isRunning) {
  byId("send").hidden = isRunning;
  byId("stop").hidden = !isRunning;
  for (const chip of byId("suggestions").children) chip.disabled = isRunning;
}

// ---- events

/** What went wrong, for a person. */
function inWords(error) {
  if (error instanceof TypeError) return "The server does not answer, or does not take so large a file.";
  return error.message;
}

/** Run something that asks the server; say what went wrong. */
async function guarded(action) {
  try {
    await action();
  } catch (error) {
    if (error.status === 401) return byId("key-dialog").showModal();
    say(inWords(error), true);
  }
  return undefined;
}

const KEYS = {
  ArrowLeft: () => guarded(() => leaf(-1)),
  ArrowRight: () => guarded(() => leaf(1)),
  Escape: () => state.running?.abort(),
  "/": () => byId("question").select(),
  g: toggleGrid,
  c: () => cards.isFound(state.chosen) && guarded(() => copyCitation(state.chosen)),
  "+": zoom.larger,
  "=": zoom.larger,
  "-": zoom.smaller,
  0: zoom.fit,
};
const ANYWHERE = { o: chooseFile, "?": () => byId("keys-dialog").showModal() }; // also before a page is shown

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input:not([type=radio])")) {
    if (event.key !== "Escape") return;
    if (!state.running) event.target.blur();
  }
  if (event.target.matches("input[type=radio]") && event.key.startsWith("Arrow")) return; // they move the choice
  const action = ANYWHERE[event.key] ?? (state.page && Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null);
  if (!action) return;
  event.preventDefault();
  action();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { question } = form.elements;
  guarded(() => ask(question.value.trim()));
  question.select();
});
byId("number").addEventListener("change", () => guarded(() => turnTo(Math.round(Number(byId("number").value)))));
byId("previous").addEventListener("click", () => guarded(() => leaf(-1)));
byId("next").addEventListener("click", () => guarded(() => leaf(1)));
byId("grid").addEventListener("click", toggleGrid);
byId("stop").addEventListener("click", () => state.running?.abort());
byId("keys").addEventListener("click", () => byId("keys-dialog").showModal());
byId("key-form").addEventListener("submit", (event) => {
  api.setKey(event.target.elements.key.value.trim());
  guarded(begin);
});
listen((file) => guarded(() => open(file)));

async function begin() {
  state.model = await api.fetchModel();
  byId("model").textContent = state.model;
  await showExamples((example) => guarded(async () => open(await api.fetchExample(example.name), example.questions)));
}

guarded(begin);

// The history: a card for each question, filled while its answer comes.

import { element, icon } from "/shared/dom.js";

/** Whether an exchange has an answer, and it is not that the pages do not have one. */
export const isFound = (exchange) => Number.isInteger(exchange?.evidence?.page);

/** The pages that the model was shown, from 1. */
export const asked = ({ evidence }) => evidence.asked.map(([{ page }]) => page);

/** A whole answer in words for the card: what it says, or that there is none. */
export function answerText(exchange) {
  if (!exchange.evidence) return exchange.text;
  if (isFound(exchange)) return exchange.text || "No answer";
  const pages = asked(exchange);
  return pages.length === 1 ? "Not found on this page" : `Not found on pages ${pages.join(", ")}`;
}

/** How it ended, in words for whoever cannot see the card. */
export function spokenAnswer(exchange) {
  if (exchange.fault) return exchange.fault;
  if (!isFound(exchange)) return answerText(exchange);
  const { page, boxes, confidence } = exchange.evidence;
  return `${exchange.text}. Page ${page}, ${boxes.length ? "marked on the page" : "not marked"}, ${percent(confidence)} sure.`;
}

const WAITING = "Reading";
const UNMARKED = { free: "not looked for on the page", auto: "not located on the page" };
const percent = (share) => `${Math.round(share * 100)}%`;
const seconds = (value) => `${value.toFixed(value < 10 ? 1 : 0)} s`;

/** The card of an exchange; `act` has choose, again, copyCitation and copyJson, each of the exchange. */
export function makeCard(exchange, act) {
  const time = element("span", "time");
  const answer = element("p", "answer waiting", { dir: "auto" }, WAITING);
  const foot = element("div", "foot");
  const made = element("li", "card", { "aria-busy": "true" },
    element("div", "top", {}, element("p", "question", { dir: "auto" }, exchange.question), time), answer, foot);
  made.addEventListener("click", () => act.choose(exchange));
  return { made, answer, foot, time, act };
}

/** Show what has come of an answer so far. */
export function showText(card, exchange) {
  card.answer.classList.toggle("waiting", !exchange.text);
  card.answer.textContent = exchange.text || WAITING;
}

/** Show how long it has been going on. */
export function showTime(card, exchange) {
  card.time.textContent = seconds((performance.now() - exchange.started) / 1000);
}

/** The answer is whole, was stopped, or failed. */
export function finish(card, exchange) {
  card.made.removeAttribute("aria-busy");
  card.answer.classList.remove("waiting");
  card.answer.classList.toggle("none", !isFound(exchange) && !exchange.fault);
  card.answer.textContent = answerText(exchange);
  if (exchange.evidence) {
    card.time.textContent = seconds(exchange.evidence.timings.request);
    card.foot.replaceChildren(...evidenceParts(exchange, card.act));
  } else {
    card.foot.replaceChildren(element("span", "note bad", {}, exchange.fault), button("again", "Ask again", exchange, card.act.again));
  }
}

function evidenceParts(exchange, act) {
  const { page, boxes, confidence } = exchange.evidence;
  const bar = element("i");
  bar.style.width = percent(confidence);
  const sure = element("span", "sure", {}, element("span", "meter", { "aria-hidden": "true" }, bar), `${percent(confidence)} sure`);
  const note = (text) => element("span", "note", {}, text);
  const parts = [sure];
  // A click on it goes on to the card, which shows its evidence.
  if (isFound(exchange)) parts.unshift(element("button", "link", { type: "button" }, `page ${page}`));
  if (isFound(exchange) && asked(exchange).length > 1) parts.push(note(`asked: ${asked(exchange).join(", ")}`));
  if (exchange.how.mode === "grounded") parts.push(note("grounded"));
  else if (isFound(exchange) && !boxes.length) parts.push(note(UNMARKED[exchange.how.mode]));
  if (exchange.reason === "length") parts.push(note("cut at the limit of tokens"));
  const cite = isFound(exchange) ? button("quote", "Copy citation", exchange, act.copyCitation) : null;
  parts.push(element("span", "copies", {}, cite, button("", "Copy JSON", exchange, act.copyJson)));
  return parts;
}

function button(symbol, text, exchange, action) {
  const onclick = (event) => { event.stopPropagation(); action(exchange); };
  return element("button", "small", { type: "button", onclick }, symbol ? icon(symbol) : null, text);
}

// One card a question: what is asked, the answer, what was decided, and the buttons to decide.

import { element, icon } from "/shared/dom.js";

const NAMES = { accept: "accepted", reject: "rejected", edit: "edited" };
const SIGNS = { accept: "check", reject: "cross", edit: "pen" };
const CHECKS = {
  "in its boxes": "The new answer stands in its boxes.",
  "not in its boxes": "The new answer does not stand in its boxes: the next build keeps it as a person's own words.",
  "no words to compare": "Edited; this data set holds no words to compare the answer with.",
};

const size = (answer) => (answer.length > 120 ? "long" : "");

/** The card of a question, with its number. `act` has hover, choose, decide(question, verdict), edit(question). */
export function card(question, number, chosen, act) {
  const { decision } = question;
  const verdict = decision?.verdict ?? "";
  const made = element("li", "card", { "data-position": question.position, "aria-current": chosen ? "true" : null });
  made.classList.toggle("chosen", chosen);
  made.classList.toggle("other", !question.matches);
  made.classList.toggle("rejected", verdict === "reject");
  made.append(head(question, number, verdict), ...body(question, decision));
  made.append(element("div", "actions", {},
    action("accept", "Accept", "a", verdict, () => act.decide(question, "accept")),
    action("reject", "Reject", "r", verdict, () => act.decide(question, "reject")),
    action("edit", "Edit", "e", verdict, () => act.edit(question))));
  made.addEventListener("mouseenter", () => act.hover(question.position));
  made.addEventListener("mouseleave", () => act.hover(null));
  made.addEventListener("click", (event) => { if (!event.target.closest("button")) act.choose(question.position); });
  return made;
}

function head(question, number, verdict) {
  return element("div", "head", {},
    element("span", "number", { "aria-hidden": "true" }, String(number)),
    question.kind ? element("span", "badge", {}, question.kind.replaceAll("_", " ")) : null,
    question.form !== "extractive" && question.form !== question.kind
      ? element("span", "badge", {}, question.form.replaceAll("_", " ")) : null,
    question.boxes.length ? null : element("span", "badge", {}, "no box"),
    verdict ? element("span", `verdict ${verdict}`, {}, icon(SIGNS[verdict]), NAMES[verdict]) : null);
}

function body(question, decision) {
  if (decision?.verdict !== "edit") {
    return [
      element("p", "question", { dir: "auto" }, question.text),
      element("p", `answer ${size(question.answer)}`, { dir: "auto" }, question.answer),
      question.variants.length ? element("p", "note", {}, `also scored as right: ${question.variants.join(" · ")}`) : null,
    ].filter(Boolean);
  }
  const isText = decision.text !== question.text;
  const isAnswer = decision.answer !== question.answer;
  return [
    element("p", "question", { dir: "auto" }, decision.text),
    isText ? element("p", "was", { dir: "auto" }, question.text) : null,
    element("p", `answer ${size(decision.answer)}`, { dir: "auto" }, decision.answer),
    isAnswer ? element("p", "was", { dir: "auto" }, question.answer) : null,
    isAnswer && CHECKS[decision.checked]
      ? element("p", `note ${decision.checked === "not in its boxes" ? "bad" : ""}`, {}, CHECKS[decision.checked]) : null,
  ].filter(Boolean);
}

function action(name, label, key, verdict, onclick) {
  const pressed = String(verdict === name);
  return element("button", name, { type: "button", "aria-pressed": pressed, "aria-keyshortcuts": key, onclick },
    icon(SIGNS[name]), label, " ", element("kbd", "", { "aria-hidden": "true" }, key));
}

/** Replace a card's text by fields for question and answer. `done` gets the new texts, or null when cancelled. */
export function openEditor(cardElement, question, done) {
  const now = question.decision?.verdict === "edit" ? question.decision : question;
  const text = element("textarea", "", { rows: 2, maxlength: 4000, name: "text", dir: "auto" });
  const answer = element("textarea", "", { rows: 2, maxlength: 4000, name: "answer", dir: "auto" });
  text.value = now.text;
  answer.value = now.answer;
  const form = element("form", "editor", {},
    element("label", "", {}, "Question", text),
    element("label", "", {}, "Answer", answer),
    element("div", "buttons", {},
      element("button", "plain", { type: "button", onclick: () => done(null) }, "Cancel"),
      element("button", "primary", { type: "submit" }, "Save")));
  const save = () => done({ text: text.value, answer: answer.value });
  form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") done(null);
    if (event.key === "Enter" && !event.shiftKey && event.target.tagName === "TEXTAREA") { event.preventDefault(); save(); }
  });
  cardElement.querySelectorAll(".question, .answer, .was, .note, .actions").forEach((part) => part.remove());
  cardElement.append(form);
  answer.focus();
  answer.select();
}

// The pages of a row with the evidence over them. Boxes are in per cent of the page, so that zoom keeps them.

import { imageAddress } from "./api.js";
import { byId, element } from "/shared/dom.js";
import { bringIntoSight, makeSheet, place } from "/shared/sheet.js";

const desk = byId("desk");
let boxes = new Map(); // a question's position in its row -> its boxes on the page

/** Draw a row, its questions numbered from `first`; `listen` has hover(position or null) and choose(position). */
export function draw(row, questions, first, listen) {
  boxes = new Map();
  const sheets = row.images.map((image, position) => sheet(row, image, position));
  questions.forEach((question, index) => {
    const at = row.images.findIndex((image) => image.page === question.page);
    const drawn = at < 0 ? [] : question.boxes.map((box, part) => {
      const made = outline(box, part === 0 ? String(first + index) : "", `Evidence of question ${first + index}`);
      made.addEventListener("mouseenter", () => listen.hover(question.position));
      made.addEventListener("mouseleave", () => listen.hover(null));
      made.addEventListener("click", () => listen.choose(question.position));
      sheets[at].append(made);
      return made;
    });
    boxes.set(question.position, drawn);
    mark(question);
  });
  desk.replaceChildren(...sheets);
  desk.scrollTo(0, 0);
}

function sheet(row, image, position) {
  const name = `Page ${image.page}${row.document ? ` of ${row.document}` : ""}`;
  return makeSheet(name, imageAddress(row.number, position), image.width, image.height);
}

function outline(box, label, name) {
  const made = element("button", "box", { type: "button", tabindex: "-1", "aria-label": name });
  if (label) made.append(element("b", "", {}, label));
  place(made, box);
  return made;
}

/** Colour a question's boxes by its decision. */
export function mark(question) {
  for (const box of boxes.get(question.position) ?? []) {
    box.classList.remove("accept", "reject", "edit");
    if (question.decision) box.classList.add(question.decision.verdict);
  }
}

/** Light up the boxes of one question, and mark those of the chosen one. */
export function light(lit, chosen) {
  for (const [position, drawn] of boxes) {
    for (const box of drawn) {
      box.classList.toggle("lit", position === lit);
      box.classList.toggle("chosen", position === chosen);
    }
  }
}

/** Bring a question's first box into sight. */
export function reveal(position) {
  const [box] = boxes.get(position) ?? [];
  if (box) bringIntoSight(box, desk);
}

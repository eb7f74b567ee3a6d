// The pages of a row with the evidence over them. Boxes are in per cent of the page, so that zoom keeps them.

import { imageAddress } from "./api.js";
import { byId, element } from "./dom.js";

const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4];
const desk = byId("desk");
let zoom = 1;
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
  const picture = element("img", "", { alt: name, src: imageAddress(row.number, position), loading: "lazy", draggable: "false" });
  const made = element("div", "sheet", { "data-page": image.page }, picture);
  made.style.aspectRatio = `${image.width} / ${image.height}`;
  picture.addEventListener("error", () => { picture.className = "broken"; made.classList.add("blank"); });
  return made;
}

function outline(box, label, name) {
  const [x0, y0, x1, y1] = box.map((edge) => Math.min(1, Math.max(0, edge)));
  const made = element("button", "box", { type: "button", tabindex: "-1", "aria-label": name });
  if (label) made.append(element("b", "", {}, label));
  made.style.left = `${x0 * 100}%`;
  made.style.top = `${y0 * 100}%`;
  made.style.width = `${(x1 - x0) * 100}%`;
  made.style.height = `${(y1 - y0) * 100}%`;
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

/** Bring a question's first box to the middle of the desk, if it is not well in sight. */
export function reveal(position) {
  const [box] = boxes.get(position) ?? [];
  if (!box) return;
  const [inner, outer] = [box.getBoundingClientRect(), desk.getBoundingClientRect()];
  const margin = 24;
  if (inner.top < outer.top + margin || inner.bottom > outer.bottom - margin) {
    desk.scrollTop += (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
  }
  if (inner.left < outer.left + margin || inner.right > outer.right - margin) {
    desk.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
  }
}

/** Zoom to a factor of the fitting width; the point (x, y) of the window stays where it is. */
function zoomTo(factor, x, y) {
  const first = desk.querySelector(".sheet");
  const frame = desk.getBoundingClientRect();
  x ??= frame.left + frame.width / 2;
  y ??= frame.top + frame.height / 2;
  const before = first?.getBoundingClientRect();
  zoom = factor;
  desk.style.setProperty("--zoom", zoom);
  byId("fit").textContent = `${Math.round(zoom * 100)}%`;
  if (!before) return;
  const after = first.getBoundingClientRect();
  desk.scrollLeft += after.left + (x - before.left) / before.width * after.width - x;
  desk.scrollTop += after.top + (y - before.top) / before.height * after.height - y;
}

export const larger = () => zoomTo(ZOOMS.find((value) => value > zoom + 0.01) ?? zoom);
export const smaller = () => zoomTo(ZOOMS.findLast((value) => value < zoom - 0.01) ?? zoom);
export const fit = () => zoomTo(1);

desk.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoomTo(Math.min(4, Math.max(0.5, zoom * Math.exp(-event.deltaY / 400))), event.clientX, event.clientY);
}, { passive: false });
byId("larger").addEventListener("click", larger);
byId("smaller").addEventListener("click", smaller);
byId("fit").addEventListener("click", fit);

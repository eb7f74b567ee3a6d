// The page that is shown, the evidence over it, and the tiles that the model sees.

import { byId, element } from "/shared/dom.js";
import { bringIntoSight, makeSheet, place } from "/shared/sheet.js";

const desk = byId("desk");
let sheet = null;

/** Draw a page in place of the one before. */
export function draw(page, name) {
  if (sheet) URL.revokeObjectURL(sheet.querySelector("img").src);
  sheet = makeSheet(`Page ${page.number} of ${name}`, page.picture, page.width, page.height);
  desk.replaceChildren(sheet);
  desk.scrollTo(0, 0);
}

/** Mark boxes on the page in place of those before. */
export function mark(boxes) {
  for (const old of sheet.querySelectorAll(".box")) old.remove();
  const drawn = boxes.map((box) => {
    const made = element("div", "box chosen", { role: "img", "aria-label": "Where the answer stands" });
    place(made, box);
    return made;
  });
  sheet.append(...drawn);
  if (drawn.length) bringIntoSight(drawn[0], desk);
}

/** What the model sees of a page with this grid of rows and columns. */
export function described([rows, cols]) {
  return rows ? `${rows} × ${cols} tiles and the whole page once more` : "the whole page as one picture";
}

/** Lay the grid of tiles over the page, or take it away. */
export function showGrid([rows, cols], isShown) {
  sheet.querySelector(".grid")?.remove();
  if (!isShown) return;
  const [down, across] = [Math.max(rows, 1), Math.max(cols, 1)];
  const cells = Array.from({ length: down * across }, (_, at) => element("i", "", {}, String(at + 1)));
  const made = element("div", "grid", { role: "img", "aria-label": described([rows, cols]) }, ...cells);
  made.style.gridTemplate = `repeat(${down}, 1fr) / repeat(${across}, 1fr)`;
  sheet.append(made);
}

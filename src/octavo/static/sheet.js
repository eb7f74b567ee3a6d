// A page's picture, and boxes over it in per cent of the page, so that zoom keeps them.

import { element } from "/shared/dom.js";

/** A page's picture from an address, `width` by `height` pixels, with room for it before it is there. */
export function makeSheet(name, address, width, height) {
  const picture = element("img", "", { alt: name, src: address, loading: "lazy", draggable: "false" });
  const made = element("div", "sheet", {}, picture);
  made.style.aspectRatio = `${width} / ${height}`;
  picture.addEventListener("error", () => { picture.className = "broken"; made.classList.add("blank"); });
  return made;
}

/** Lay an element over its sheet; a box is [x0, y0, x1, y1] in page fractions. */
export function place(made, box) {
  const [x0, y0, x1, y1] = box.map((edge) => Math.min(1, Math.max(0, edge)));
  made.style.left = `${x0 * 100}%`;
  made.style.top = `${y0 * 100}%`;
  made.style.width = `${(x1 - x0) * 100}%`;
  made.style.height = `${(y1 - y0) * 100}%`;
}

/** Scroll the desk until a box of it is in its middle, if it is not well in sight. */
export function bringIntoSight(box, desk) {
  const [inner, outer] = [box.getBoundingClientRect(), desk.getBoundingClientRect()];
  const margin = 24;
  if (inner.top < outer.top + margin || inner.bottom > outer.bottom - margin) {
    desk.scrollTop += (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
  }
  if (inner.left < outer.left + margin || inner.right > outer.right - margin) {
    desk.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
  }
}

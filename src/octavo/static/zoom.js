// The zoom of the desk: keys and buttons go by steps, Ctrl and the wheel freely.

import { byId } from "/shared/dom.js";

const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4];
const desk = byId("desk");
let zoom = 1;

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

// The figures of a random sample and a tick for each of its pairs.

import { byId, element } from "/shared/dom.js";

const percent = (value) => `${(value * 100).toFixed(1)}%`;

/** Show the share accepted so far; `goTo` leads to a pair by its number from 0. */
export function showSample({ pairs, share, low, high, judged, seed, at }, filter, goTo) {
  const given = Object.values(filter).filter(Boolean).join(", ");
  byId("sample-share").textContent = share === null ? "–" : percent(share);
  byId("sample-interval").textContent = share === null ? "–" : `${percent(low)} – ${percent(high)}`;
  byId("sample-judged").textContent = `${judged} of ${pairs.length}`;
  byId("sample-name").textContent = `Sample of ${pairs.length}, seed ${seed}${given ? `, of ${given}` : ""}`;
  byId("ticks").replaceChildren(...pairs.map((pair, index) => element("button", pair.verdict, {
    type: "button", tabindex: "-1", onclick: () => goTo(index),
    "aria-label": `Pair ${index + 1}${pair.verdict ? `, ${pair.verdict}` : ""}`,
  })));
  markTick(at);
}

/** Mark the pair that is shown. */
export function markTick(at) {
  [...byId("ticks").children].forEach((tick, index) => {
    if (index !== at) return tick.removeAttribute("aria-current");
    tick.setAttribute("aria-current", "true");
    return tick.scrollIntoView({ block: "nearest" });
  });
}

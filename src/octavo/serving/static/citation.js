// An answer to take along: as a line for people, as JSON for programs.

import { asked } from "./cards.js";

const percent = (edge) => (edge * 100).toFixed(1);

/** “answer” – file, page, and the boxes in per cent of the page (left, top, right, bottom). */
export function citation({ text, evidence }, name) {
  const where = evidence.boxes.map((box) => box.map(percent).join(", ")).join("; ");
  return `“${text.trim()}” – ${name}, page ${evidence.page}${where && ` [${where} %]`}`;
}

/** The same fields as `octavo ask --json` writes. */
export function asJson(exchange) {
  const { question, text, evidence: { page, boxes, confidence, timings } } = exchange;
  return JSON.stringify({ question, text, page, boxes, confidence, timings, asked: asked(exchange) }, null, 2);
}

/** Put a text on the clipboard. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Browsers keep the clipboard from pages that came over plain HTTP from another machine.
  const focused = document.activeElement;
  const made = document.createElement("textarea");
  made.value = text;
  document.body.append(made);
  made.select();
  document.execCommand("copy");
  made.remove();
  focused?.focus();
}

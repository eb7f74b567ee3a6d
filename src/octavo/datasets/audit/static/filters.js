// The filters, and the address that keeps them: a reload or a link shows the same questions.

import { byId, element } from "/shared/dom.js";

const NAMES = ["text", "kind", "form", "split", "language", "decision"];
const form = byId("filters");

export const address = new URLSearchParams(location.search);

/** What the filters say now, "" for any. */
export const filter = () => Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value.trim()]));

/** Offer the values that the data set has, and take those of the address. */
export function fillFilters(facets) {
  for (const [name, counts] of Object.entries(facets)) {
    const select = form.elements[name];
    const any = element("option", "", { value: "" }, `any ${name}`);
    const options = Object.entries(counts).map(([value, count]) =>
      element("option", "", { value }, `${value.replaceAll("_", " ")} (${count.toLocaleString("en")})`));
    select.replaceChildren(any, ...options);
    select.hidden = options.length === 0;
  }
  for (const name of NAMES) if (address.has(name)) form.elements[name].value = address.get(name);
}

/** Write filters, sample and row into the address, and what follows from them on the page. */
export function remember(sample, row) {
  const query = new URLSearchParams(Object.entries(filter()).filter(([, value]) => value));
  byId("clear").hidden = query.size === 0;
  for (const select of form.querySelectorAll("select")) select.classList.toggle("set", select.value !== "");
  if (sample) {
    query.set("sample", sample.count);
    query.set("seed", sample.seed);
  } else if (row?.number) query.set("row", row.number);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  byId("export").href = sample ? `/api/export?${query}` : "/api/export";
}

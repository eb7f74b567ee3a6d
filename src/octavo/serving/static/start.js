// Ways in: a file chosen, dropped or pasted, or an example.

import * as api from "./api.js";
import { byId, element } from "/shared/dom.js";

const TITLES = { invoice: "Invoice", statement: "Statement", letter: "Letter", report: "Report" };

/** Call `open` with each file that a person brings. */
export function listen(open) {
  const input = byId("file");
  byId("drop").addEventListener("click", choose);
  byId("open").addEventListener("click", choose);
  input.addEventListener("change", () => {
    if (input.files.length) open(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) open(event.clipboardData.files[0]);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping"); // it left the window
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (event.dataTransfer.files.length) open(event.dataTransfer.files[0]);
  });
}

/** Ask the person for a file. */
export const choose = () => byId("file").click();

/** Show the examples; `open` is called with the one that is clicked. */
export async function showExamples(open) {
  const examples = await api.fetchExamples();
  const pictures = await Promise.all(examples.map(({ name }) => api.fetchExamplePicture(name)));
  byId("examples-title").hidden = false;
  byId("examples").replaceChildren(...examples.map((example, at) => {
    const title = TITLES[example.name];
    const pages = example.pages === 1 ? "1 page" : `${example.pages} pages`;
    const picture = element("img", "", { alt: "", src: pictures[at] });
    const made = element("button", "example", { type: "button", onclick: () => open(example) },
      picture, element("b", "", {}, title), element("span", "", {}, pages));
    return element("li", "", {}, made);
  }));
}

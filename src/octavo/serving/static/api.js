// What the server is asked; an error's message is what the server says of it.

import { Refused, events } from "./events.js";

let key = sessionStorage.getItem("octavo-key") ?? "";

/** Give this key with every request from now on. */
export function setKey(given) {
  key = given;
  sessionStorage.setItem("octavo-key", given);
}

async function asked(path, options = {}) {
  const headers = { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) };
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Refused(response.status, said.error);
}

const got = async (path) => (await asked(path)).json();

const sent = (path, body, signal) =>
  asked(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });

function dataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error(`${file.name} cannot be read`));
    reader.readAsDataURL(file);
  });
}

export const fetchModel = async () => (await got("/v1/models")).data[0].id;
export const fetchExamples = () => got("/examples");

// Images give no key, so pictures are fetched to an address in memory.
const picture = async (path) => URL.createObjectURL(await (await asked(path)).blob());

export const fetchExamplePicture = (name) => picture(`/examples/${name}/picture`);

/** A file of the examples, as if a person had chosen it. */
export async function fetchExample(name) {
  return new File([await (await asked(`/examples/${name}`)).blob()], `${name}.pdf`, { type: "application/pdf" });
}

/** A page of a file that was sent, with the address of its picture. */
export async function fetchPage(id, number) {
  const path = `/documents/${id}/pages/${number}`;
  return { ...await got(path), picture: await picture(`${path}/picture`) };
}

/** Send a file ahead of its questions: {id, filename, pages, most}. */
export async function sendFile(file) {
  const body = { file_data: await dataUrl(file), filename: file.name.slice(0, 300) };
  return (await sent("/v1/documents", body)).json();
}

/** Ask about a file that was sent, `how` being the request's field octavo; the answer's events come one by one. */
export async function ask(model, id, question, how, signal) {
  const content = [{ type: "file", file: { file_id: id } }, { type: "text", text: question }];
  const body = { model, stream: true, messages: [{ role: "user", content }], octavo: how };
  return events(await sent("/v1/chat/completions", body, signal));
}

// What the server is asked; an error's message is what the server says of it.

/** A key of this browser tab, which a reload keeps: undo takes back what this tab did. */
const tab = (sessionStorage["octavo-tab"] ??= crypto.getRandomValues(new Uint32Array(4)).join("-").slice(0, 40));

async function answered(response) {
  if (response.ok) return response.json();
  const said = await response.json().catch(() => ({}));
  throw new Error(typeof said.detail === "string" ? said.detail : `the server refused this (${response.status})`);
}

async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return answered(await fetch(`${path}?${new URLSearchParams(given)}`));
}

async function post(path, body) {
  return answered(await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Octavo": "1" },
    body: JSON.stringify({ ...body, tab }),
  }));
}

export const fetchDataset = () => get("/api/dataset");
export const fetchRow = (near, step, filter) => get("/api/row", { near, step, ...filter });
export const fetchSample = (sample, seed, filter) => get("/api/sample", { sample, seed, ...filter });
export const judge = (judgement) => post("/api/decisions", judgement);
export const undo = () => post("/api/undo", {});
export const imageAddress = (row, position) => `/api/image/${row}/${position}`;

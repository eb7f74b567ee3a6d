// Server-sent events, each a JSON object, as OpenAI's API streams them.

/** What the server refused: its status, its code for the reason. */
export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? `the server refused this (${status})`);
    this.status = status;
    this.code = error?.code;
  }
}

/** The objects of a response until [DONE]. Throws where one is an error, and where the stream breaks off. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the answer broke off");
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const data = part.slice("data: ".length);
      if (data === "[DONE]") return;
      const event = JSON.parse(data);
      if (event.error) throw new Refused(response.status, event.error);
      yield event;
    }
  }
}

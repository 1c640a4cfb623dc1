// Print a newsroom's events as they come, from the stream: TOKEN=… node stream.mjs URL FILE [how many]
// FILE keeps the place: stop it whenever you like, it goes on there. Streams end now and then; that is meant.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const [base, file, limit = "0"] = process.argv.slice(2);
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const store = (place) => writeFileSync(file, place);

let place = existsSync(file) ? readFileSync(file, "utf8") : "";
let [count, retry] = [0, 3];
while (limit === "0" || count < Number(limit)) {
  try {
    const answer = await ask("/api/v1/stream", place ? { "Last-Event-ID": place } : {}); // without: from now on
    for await (const frame of frames(answer.body)) {
      if (frame.retry) retry = Number(frame.retry) / 1000;
      if (frame.event === "gap") console.error(`missed ${JSON.parse(frame.data).lost} events; what changed follows`);
      else if (frame.data) {
        const event = JSON.parse(frame.data);
        console.log(event.type, event.subject, event.data.url ?? "-");
        count += 1;
      }
      if (frame.id) store((place = frame.id)); // only now: what was printed is done
      if (limit !== "0" && count >= Number(limit)) process.exit(0);
    }
  } catch (fault) {
    if (fault.isFinal) throw fault;
  }
  await pause(retry);
}

async function ask(path, more = {}) {
  const answer = await fetch(base + path, { headers: { Authorization: `Bearer ${process.env.TOKEN}`, ...more } });
  if (answer.ok) return answer;
  const { title, detail } = await answer.json();
  throw Object.assign(new Error(`${title}: ${detail}`), { isFinal: answer.status < 500 && answer.status !== 429 });
}

// Server-sent events: lines `name: value`, an empty one ends a frame, a line that begins with ":" is silence.
async function* frames(body) {
  let [rest, frame] = ["", {}];
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        yield frame;
        frame = {};
      } else if (!line.startsWith(":")) {
        const [name, ...value] = line.split(": ");
        frame[name] = value.join(": ");
      }
    }
  }
}

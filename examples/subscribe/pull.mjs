// Print a newsroom's events as they come, by pulling: TOKEN=… node pull.mjs URL FILE [how many]
// FILE keeps the place: stop it whenever you like, it goes on there.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const [base, file, limit = "0"] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${process.env.TOKEN}` };
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

let after = existsSync(file) ? readFileSync(file, "utf8") : "";
let count = 0;
while (limit === "0" || count < Number(limit)) {
  let answer;
  try {
    answer = await fetch(`${base}/api/v1/events?${new URLSearchParams({ after, wait: "25" })}`, { headers });
  } catch {
    await pause(2); // not there at the moment
    continue;
  }
  const body = await answer.json();
  if (answer.status >= 500 || answer.status === 429) {
    await pause(Number(answer.headers.get("retry-after") ?? 2));
    continue;
  }
  if (!answer.ok) {
    console.error(`${body.title}: ${body.detail}`);
    process.exit(1);
  }
  if (body.gap) console.error(`missed ${body.gap.lost} events; the newest state of what changed follows`);
  for (const event of body.items) {
    console.log(event.type, event.subject, event.data.url ?? "-");
    count += 1;
  }
  after = body.next;
  writeFileSync(file, after); // only now: what was printed is done
}

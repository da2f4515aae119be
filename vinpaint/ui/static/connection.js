// The connection to the server. While the page looks busy it asks every few seconds whether its
// session still is: a page never stays busy after the connection or the server is gone.

const POLL_MS = 2000;
const ANSWER_MS = 10000;
const connection = { failures: 0, idleAnswers: 0 };

const looksBusy = () => Boolean(document.querySelector(".vp-busy")) || stage.dataset.thinking === "yes";

function setConnection(state) {
  const notice = $(".vp-connection");
  notice.hidden = !state;
  notice.textContent = state ? words[state] : "";
  if (state) document.documentElement.dataset.connection = state;
  else delete document.documentElement.dataset.connection;
}

/** What the session is busy with; `gone` where the server does not know it; null: no answer. */
async function askServer() {
  try {
    const answer = await fetch(view.status, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    return answer.ok ? await answer.json() : { gone: answer.status === 404 };
  } catch {
    return null;
  }
}

function onAnswer(answer) {
  if (!answer) {
    connection.failures += 1;
    if (connection.failures > 1 || !navigator.onLine) setConnection("lost");
    return;
  }
  const wasLost = document.documentElement.dataset.connection === "lost";
  connection.failures = 0;
  setConnection(answer.gone ? "gone" : null);
  const busyForNothing = !answer.busy && Boolean(document.querySelector(".vp-busy"));
  connection.idleAnswers = busyForNothing ? connection.idleAnswers + 1 : 0;
  if (answer.gone) return;
  // The final update of a finished task may still be on its way: wait for a second answer.
  if (wasLost || connection.idleAnswers === 2) trigger("reconnect", {});
  else if (connection.idleAnswers > 4) setConnection("lost");
}

async function watchConnection() {
  const lost = document.documentElement.dataset.connection;
  if (view.status && lost !== "gone" && (lost || looksBusy())) onAnswer(await askServer());
  setTimeout(watchConnection, POLL_MS);
}

window.addEventListener("offline", () => { if (looksBusy()) setConnection("lost"); });
watchConnection();

// Asks each three seconds, while the page is looked at and for ten minutes at most, whether the link was opened. It only
// says so: going on is the person's step.
const status = document.getElementById("status");
const until = Date.now() + 600000;
// A text that came with the page is put in once more: only a change is announced.
status.replaceChildren(...status.childNodes);
const ask = async () => {
  if (Date.now() > until) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(status.dataset.url, { headers: { Accept: "application/json" } });
      if (answer.ok && (await answer.json()).confirmed === true) {
        status.textContent = status.dataset.confirmed;
        return;
      }
    } catch {
      // The network may be away for a while; the next try will tell.
    }
  }
  setTimeout(ask, 3000);
};
setTimeout(ask, 3000);

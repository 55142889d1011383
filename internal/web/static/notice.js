// Says once, five minutes before the sign-in ends, that it will.
const limit = document.querySelector("[data-seconds]");
const notice = document.querySelector("[data-ends]");
if (limit && notice) {
  const wait = limit.dataset.seconds - 300;
  if (wait > 0) setTimeout(() => { notice.textContent = notice.dataset.ends; }, wait * 1000);
}

// Copies the code where the browser allows it; where it does not, the code can be selected.
const button = document.querySelector("[data-copy]");
if (button && navigator.clipboard) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    document.getElementById("copied").textContent = button.dataset.copied;
  });
  button.hidden = false;
}

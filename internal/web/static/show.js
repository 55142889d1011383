// Show and hide a password: hidden by default, hidden again when the form is sent or the page comes back from the cache.
for (const button of document.querySelectorAll(".show")) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const status = document.createElement("p");
  const texts = button.dataset;
  status.setAttribute("role", "status");
  status.className = "visually-hidden";
  button.parentNode.after(status);
  const set = (shown, say) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? texts.hide : texts.show;
    button.setAttribute("aria-label", shown ? texts.hideLabel : texts.showLabel);
    status.textContent = say ? (shown ? texts.shown : texts.hidden) : "";
  };
  button.addEventListener("click", () => set(field.type === "password", true));
  field.form.addEventListener("submit", () => set(false, false));
  addEventListener("pageshow", () => set(false, false));
  button.hidden = false;
}

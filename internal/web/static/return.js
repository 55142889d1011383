// Sends the form at once; where scripts do not run, its button does.
document.querySelector("form[data-return]").requestSubmit();

// Shows new mail without a reload. Without script the page is complete and shows what was there when it was opened.
"use strict";
(function () {
  var shown = document.getElementById("inbox");
  function look() {
    if (document.hidden) { return; }
    fetch(location.href, { cache: "no-store" }).then(function (answer) {
      return answer.ok ? answer.text() : null;
    }).then(function (text) {
      if (text === null) { return; }
      var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("inbox");
      // Nothing is touched while it is the same, so that focus and selection stay.
      if (!fresh || fresh.innerHTML === shown.innerHTML) { return; }
      var focused = document.activeElement && document.activeElement.getAttribute("href");
      shown.replaceChildren.apply(shown, Array.from(fresh.childNodes));
      if (focused) {
        var again = shown.querySelector('a[href="' + CSS.escape(focused) + '"]');
        if (again) { again.focus(); }
      }
    }).catch(function () { /* the demo was stopped; the next look may find it again */ });
  }
  setInterval(look, 1500);
  document.addEventListener("visibilitychange", look);
})();

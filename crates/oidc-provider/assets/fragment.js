// A link in a mail carries its code behind `#`, where no server and no log sees it. The code goes
// into the form, and out of the address bar and the history.
"use strict";
(() => {
  const field = document.querySelector("[data-fragment]");
  if (!field) return;
  // A form that was refused for something else brings its code along.
  const code = new URLSearchParams(location.hash.slice(1)).get(field.dataset.fragment) || field.value;
  if (!code) return;
  field.value = code;
  const shown = field.closest(".field");
  if (shown) shown.hidden = true;
  history.replaceState(null, "", location.pathname + location.search);
})();

// What the pages of staff and of subscribers both need. Nothing here is needed: every page works without it.
(() => {
  "use strict";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // A form is sent once. After a while it may be sent again: the answer may have been a file.
  const AGAIN_MS = 10000;
  const release = (form) => {
    delete form.dataset.sent;
    all("[aria-disabled]", form).forEach((button) => button.removeAttribute("aria-disabled"));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("once" in form.dataset)) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(release, AGAIN_MS, form);
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach(release));

  // Buttons that copy: data-copy is the text itself, data-copied what is said afterwards.
  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const box = document.createElement("textarea"); // browsers keep the clipboard from pages that came over plain http
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await copy(button.dataset.copy);
    const said = button.querySelector("[data-said]") ?? button;
    const before = said.textContent;
    if (!button.dataset.copied || before === button.dataset.copied) return;
    said.textContent = button.dataset.copied;
    setTimeout(() => { said.textContent = before; }, 2000);
  });

  // What only a script can do is hidden until there is one.
  all("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
})();

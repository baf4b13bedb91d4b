// Runs before the first paint: "as the system" becomes light or dark, and stays so when the system changes.
(() => {
  const page = document.documentElement;
  page.classList.add("js");
  if (page.dataset.chosenTheme !== "auto") return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    page.dataset.bsTheme = dark.matches ? "dark" : "light";
    document.dispatchEvent(new CustomEvent("theme"));
  };
  follow();
  dark.addEventListener("change", follow);
})();

// Before the page is drawn: light or dark as the visitor chose, else as their machine says.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wear = () => {
    root.dataset.theme = localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light");
  };
  wear();
  dark.addEventListener("change", wear);
})();

// Before the first paint: the theme that was chosen, if any.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("latido-theme"); } catch { /* no storage: the system decides */ }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
})();

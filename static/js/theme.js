// Applies the reader's choice of day or night before the first paint; the device decides when nothing was chosen.
(() => {
  const root = document.documentElement;
  const read = () => {
    try {
      return localStorage.getItem("theme") || "";
    } catch {
      return "";
    }
  };
  const apply = (choice) => {
    if (choice === "day" || choice === "night") root.dataset.theme = choice;
    else delete root.dataset.theme;
  };
  if (read()) apply(read());
  document.addEventListener("DOMContentLoaded", () => {
    const place = document.querySelector("[data-theme-choice]");
    if (!place) return;
    const select = place.querySelector("select");
    select.value = root.dataset.theme || "";
    place.hidden = false;
    select.addEventListener("change", () => {
      apply(select.value);
      try {
        localStorage.setItem("theme", select.value);
      } catch {
        // Storage is closed to us: the choice lasts for this page.
      }
    });
  });
})();

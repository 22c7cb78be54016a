// The picture strip scrolls by itself; here its buttons appear and the thumbnails follow.
const calm = matchMedia("(prefers-reduced-motion: reduce)");

for (const gallery of document.querySelectorAll("[data-gallery]")) {
  const strip = gallery.querySelector("[data-gallery-strip]");
  const buttons = gallery.querySelector("[data-gallery-buttons]");
  if (!strip || !buttons) continue;
  const pictures = [...strip.children];
  const thumbs = [...gallery.querySelectorAll(".gallery__thumbs a")];

  const at = () => Math.round(strip.scrollLeft / (strip.scrollWidth / pictures.length));
  const go = (index) => {
    const to = Math.max(0, Math.min(pictures.length - 1, index));
    strip.scrollTo({ left: pictures[to].offsetLeft - strip.offsetLeft, behavior: calm.matches ? "auto" : "smooth" });
  };
  const mark = () => {
    thumbs.forEach((thumb, index) => {
      if (index === at()) thumb.setAttribute("aria-current", "true");
      else thumb.removeAttribute("aria-current");
    });
  };

  buttons.hidden = false;
  buttons.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) go(at() + Number(button.dataset.step));
  });
  // A thumbnail moves the strip, not the page.
  thumbs.forEach((thumb, index) =>
    thumb.addEventListener("click", (event) => {
      event.preventDefault();
      go(index);
    }),
  );
  strip.addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
}

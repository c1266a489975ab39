// Pictures come to life when they are scrolled into view; the index is searched as one types.

const pictures = document.querySelectorAll(".picture");
let module;

async function mount(place) {
  try {
    const text = () => new Blob([window.gradwidgetPicture], { type: "text/javascript" });
    module ??= import(URL.createObjectURL(text()));
    const { mountReplay } = await module;
    const bytes = Uint8Array.from(atob(place.dataset.trace), (c) => c.charCodeAt(0));
    const options = { height: 480, language: document.documentElement.lang, ...JSON.parse(place.dataset.options) };
    await mountReplay(place, bytes, options);
  } catch (error) {
    place.textContent = `gradwidget: ${error}`;
  }
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      mount(entry.target);
    }
  },
  { rootMargin: "400px" },
);
for (const picture of pictures) seen.observe(picture);

const search = document.querySelector("input[type=search]");
search?.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of document.querySelectorAll(".lessons > li")) {
    item.hidden = !words.every((word) => item.dataset.text.includes(word));
    if (!item.hidden) shown++;
  }
  document.querySelector(".none").hidden = shown > 0;
});

// On a narrow page: a figure opens alone when it is tapped, and what goes on to the right fades out there.

const WIDE = 760;  // a wider figure would have labels too small to read, so it keeps three fifths of its width

function frame(picture) {
  const link = document.createElement("a");
  Object.assign(link, { href: picture.src, className: "figure", title: "Open this figure alone" });
  picture.replaceWith(link);
  link.append(picture);
  picture.decode().then(() => {
    if (picture.naturalWidth > WIDE) picture.style.setProperty("--readable", `${0.6 * picture.naturalWidth}px`);
    fade(link);
  });
}

function fade(part) {
  part.classList.toggle("more", part.scrollLeft + part.clientWidth < part.scrollWidth - 2);
}

window.addEventListener("load", async () => {
  document.querySelectorAll("article img").forEach(frame);
  await window.MathJax?.startup?.promise;
  for (const part of document.querySelectorAll("a.figure, div.math, pre, .table-wrapper")) {
    part.addEventListener("scroll", () => fade(part), { passive: true });
    new ResizeObserver(() => fade(part)).observe(part);
  }
});

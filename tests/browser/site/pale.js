// Each text that shows, and stands out from what lies behind it by less than 4.5 to 1, as WCAG 2 counts contrast.
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (top, below) => below.map((v, i) => (i == 3 ? 1 : top[i] * top[3] + v * (1 - top[3])));

  function rgba(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  function behind(element) {
    if (!element) return [255, 255, 255, 1];
    return over(rgba(getComputedStyle(element).backgroundColor), behind(element.parentElement));
  }

  function luminance(colour) {
    const linear = v => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.slice(0, 3).map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const pale = {};
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), element = walk.currentNode.parentElement;
    if (!text || element.closest("script, style, noscript") || !element.checkVisibility({ visibilityProperty: true }))
      continue;
    const below = behind(element);
    const [dark, light] = [below, over(rgba(getComputedStyle(element).color), below)].map(luminance).sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) pale[`${contrast.toFixed(2)} ${element.outerHTML.slice(0, 80)}`] = text.slice(0, 40);
  }
  return pale;
}

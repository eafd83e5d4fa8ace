/** The width of a text in pixels. */
export type Measure = (text: string) => number;

/** The longest beginning of a text that fits, with "…" where something is missing. */
export function ellipsize(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  const characters = [...text];
  let fits = 0;
  let tooLong = characters.length;
  while (fits + 1 < tooLong) {
    const middle = (fits + tooLong) >> 1;
    if (measure(`${characters.slice(0, middle).join("")}…`) <= width) fits = middle;
    else tooLong = middle;
  }
  return `${characters.slice(0, fits).join("").trimEnd()}…`;
}

/** Measures by a canvas, in the font that an element has. */
export function canvasMeasure(element: Element, size: number): Measure {
  const pen = element.ownerDocument.createElement("canvas").getContext("2d");
  const family = element.ownerDocument.defaultView?.getComputedStyle(element).fontFamily || "sans-serif";
  if (!pen) return averageMeasure(size);
  pen.font = `${size}px ${family}`;
  return remembered(text => pen.measureText(text).width);
}

const mostRemembered = 5_000;

/** The same names are measured in every frame. */
function remembered(measure: Measure): Measure {
  const widths = new Map<string, number>();
  return text => {
    const known = widths.get(text);
    if (known !== undefined) return known;
    if (widths.size >= mostRemembered) widths.clear();
    const width = measure(text);
    widths.set(text, width);
    return width;
  };
}

/** Where nothing can be measured: what most letters take. */
export function averageMeasure(size: number): Measure {
  return text => [...text].length * size * 0.54;
}

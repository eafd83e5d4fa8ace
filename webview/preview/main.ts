import { select } from "d3-selection";

/** The page around a picture: choose a theme and a sample, and see what the picture asks of its host. */
const themes = {
  dark: "Dark",
  light: "Light",
  contrast: "High contrast",
  "contrast-light": "High contrast light",
};
const pictures = {
  lineage: "Lineage",
  partitions: "Partitions",
  runs: "Runs",
  conditions: "Why",
  rows: "Rows",
  details: "Details",
};
const samples: Record<string, Record<string, string>> = {
  lineage: {
    mixed: "18 assets in all states",
    "1000": "1,000 assets",
    "5000": "5,000 assets",
    "10000": "10,000 assets",
    chain: "A chain of 5,000",
    nothing: "Nothing",
  },
  partitions: {
    weather: "Days, hours, months, regions, both",
    "100000": "100,000 partitions",
    wide: "50 assets, 100,000 partitions each",
    nothing: "Nothing",
  },
  runs: {
    weather: "Runs of all states, one goes on",
    "2000": "2,000 runs",
    steps: "One run of 400 steps",
    none: "No run yet",
    nothing: "Nothing",
  },
  conditions: {
    weather: "A rule that waits, with its history",
    nothing: "Nothing",
  },
  rows: {
    weather: "Readings",
    wide: "100 rows, 30 columns",
    nothing: "Nothing",
  },
  details: {
    model: "A model of dbt",
    typescript: "An asset with partitions",
    source: "A source",
    exposure: "An exposure",
    restricted: "In Restricted Mode",
    wide: "300 columns, 1,000 downstream",
    nothing: "Nothing",
  },
};
const chosen = {
  picture: "lineage",
  theme: "dark",
  sample: "",
  ...Object.fromEntries(new URLSearchParams(location.search)),
};

const bar = select("header");
addChoice("picture", pictures, () => {
  chosen.sample = "";
  location.search = `?${new URLSearchParams(chosen)}`;
});
addChoice("theme", themes);
const samplesHere = samples[chosen.picture] ?? {};
chosen.sample ||= Object.keys(samplesHere)[0] ?? "";
addChoice("sample", samplesHere);
const wish = bar.append("output").text("Click, and walk with the arrow keys.");
const frame = select("iframe");
showPicture();

window.addEventListener("message", ({ data, origin }: MessageEvent<{ wish?: string }>) => {
  if (origin === window.origin && typeof data.wish === "string")
    wish.text(`The host was asked to ${data.wish}.`);
});

function addChoice(name: keyof typeof chosen, choices: Record<string, string>, chose = showPicture): void {
  const list = bar
    .append("label")
    .text(`${name} `)
    .append("select")
    .on("change", () => {
      chosen[name] = list.property("value");
      history.replaceState(null, "", `?${new URLSearchParams(chosen)}`);
      chose();
    });
  list
    .selectAll("option")
    .data(Object.entries(choices))
    .join("option")
    .attr("value", ([value]) => value)
    .property("selected", ([value]) => value === chosen[name])
    .text(([, label]) => label);
}

function showPicture(): void {
  frame.attr("src", `${chosen.picture}.html?${new URLSearchParams(chosen)}`);
}

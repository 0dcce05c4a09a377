// The start page of `imgplane dev`: shows what the server says of itself, and one image with everything about it.
// All text from outside goes into the page as text, never as markup.

const PRESETS = ["w-300", "w-400,h-300", "w-300,h-300,fo-top", "w-400,h-400,cm-pad_resize,bg-F3F3F3", "w-240,h-240,r-max,f-png",
  "w-400,rt-90", "w-400,e-grayscale", "w-400,bl-10", "w-400,b-8_2450D8", "w-600,q-30", "w-600,f-avif", "w-400:w-200,h-200,cm-extract", "orig-true"];
const TIMINGS = [["download", "Download"], ["queue", "Queue"], ["transformation", "Transformation"]];
const REFRESH = 2000;

const $ = (id) => document.getElementById(id);
let state = null;
let revision = null;
let asked = 0;
let shown = null;

/** An element with attributes and children; children are elements or text. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const fill = (id, ...children) => $(id).replaceChildren(...children);
const ask = async (path) => {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
};

function bytes(count) {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(count < 1e4 ? 1 : 0)} kB`;
  return `${(count / 1e6).toFixed(count < 1e7 ? 2 : 1)} MB`;
}
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

// === what the server says of itself ===

async function refresh() {
  try {
    state = await ask("/dev/state");
  } catch {
    show("bad", "The server does not answer");
    return;
  }
  const errors = state.problems.filter((problem) => problem.severity === "error").length;
  const others = state.problems.filter((problem) => problem.severity === "warning").length;
  if (errors) show("bad", plural(errors, "problem"));
  else if (others) show("warn", plural(others, "warning"));
  else show("good", "Serving");
  $("folder").textContent = state.folder;
  $("delivery").textContent = state.delivery;
  $("delivery").href = state.delivery + "/";
  $("version").textContent = state.version;
  problems(state.problems.filter((problem) => problem.severity !== "note"));
  endpoints();
  origins();
  errorsList();
  if (revision !== state.revision) {
    revision = state.revision;
    options();
    await samples();
  }
}

function show(kind, text) {
  $("state").className = `state ${kind}`;
  if ($("state-text").textContent !== text) $("state-text").textContent = text;
}

function problems(list) {
  $("problems").hidden = list.length === 0;
  fill("problem-list", ...list.map((problem) => {
    const place = [problem.file, problem.line].filter((part) => part !== null).join(":");
    const object = problem.kind ? `${problem.kind} ${problem.namespace ? problem.namespace + "/" : ""}${problem.name}` : "";
    const about = [place, object, problem.field].filter(Boolean).join("  ·  ");
    const tag = problem.severity === "warning" ? el("span", { class: "tag warn" }, "warning") : null;
    return el("li", {}, el("div", { class: "place mono" }, about), tag, tag ? " " : null, problem.message);
  }));
}

function empty(columns, text) {
  return el("tr", {}, el("td", { colspan: columns, class: "empty" }, text));
}

function endpoints() {
  const rows = state.endpoints.map((endpoint) => el("tr", {},
    el("td", {}, endpoint.id),
    el("td", { class: "url" }, endpoint.url,
      ...endpoint.domains.map((domain) => el("span", { class: "below" }, `also on host ${domain}`))),
    el("td", {}, endpoint.origins.length ? endpoint.origins.join(", ") : el("span", { class: "empty" }, "none")),
    el("td", {}, endpoint.kept ? el("span", { class: "tag warn" }, "last good version") : el("span", { class: "tag good" }, "serving"))));
  fill("endpoints", ...(rows.length ? rows : [empty(4, "No endpoint is served yet. A UrlEndpoint manifest in the folder makes one.")]));
}

function origins() {
  const rows = state.origins.map((origin) => {
    const health = origin.health;
    const summary = !health || health.requests === 0 ? el("span", { class: "empty" }, "not asked")
      : `${plural(health.requests, "fetch")}, ${health.successes} good`.replace("fetchs", "fetches");
    const failures = (health ? health.errors : []).map((error) =>
      el("span", { class: "below" }, el("span", { class: "tag bad" }, error.code), ` ${error.count}x  ${error.message}`));
    return el("tr", {}, el("td", {}, origin.id), el("td", {}, origin.type),
      el("td", { class: "url" }, origin.place, origin.note ? el("span", { class: "below" }, origin.note) : null),
      el("td", {}, summary, ...failures));
  });
  fill("origins", ...(rows.length ? rows : [empty(4, "No origin yet. An Origin manifest says where files are.")]));
}

function errorsList() {
  const items = state.errors.map((error) => el("li", {},
    el("div", { class: "line" },
      el("time", { datetime: new Date(error.time).toISOString() }, new Date(error.time).toLocaleTimeString()),
      el("span", { class: "tag bad" }, String(error.status)),
      el("span", { class: "what" }, error.ikError || "no ik-error"),
      el("code", {}, error.url)),
    error.detail ? el("div", { class: "detail" }, error.detail) : null,
    error.advice ? el("div", { class: "advice" }, error.advice) : null));
  fill("errors", ...(items.length ? items : [el("li", { class: "empty" }, "None so far.")]));
}

// === what can be asked for ===

function options() {
  const chosen = $("endpoint").value;
  fill("endpoint", ...state.endpoints.map((endpoint) => el("option", { value: endpoint.url }, endpoint.id)));
  if (state.endpoints.some((endpoint) => endpoint.url === chosen)) $("endpoint").value = chosen;
}

async function samples() {
  const list = await ask("/dev/samples");
  fill("paths", ...list.map((sample) => el("option", { value: sample.path })));
  $("samples-note").textContent = list.length
    ? "Thumbnails are made by this server. Pick one to see it above."
    : "No picture lies in a volume of an endpoint yet. Put some into a volume's folder; no restart is needed.";
  fill("samples", ...list.map((sample) => el("li", {},
    el("button", { type: "button", title: sample.path, onclick: () => pick(sample) },
      el("img", { class: "thumb", src: `${sample.endpoint}tr:w-276,h-207/${sample.path}`, alt: "", loading: "lazy", width: 138, height: 104 }),
      el("span", { class: "name" }, sample.name),
      el("span", { class: "meta" }, `${bytes(sample.bytes)} · ${sample.volume}`)))));
  if (shown !== null) return;
  if (restore()) {
    preview();
  } else if (list.length) {
    $("tr").value = PRESETS[0];
    pick(list[0]);
  }
}

/** What was looked at stands in the page's own address, so that a reload or a bookmark shows it again. */
function remember() {
  const fields = new URLSearchParams({ endpoint: $("endpoint").selectedOptions[0]?.textContent ?? "", path: $("path").value, tr: $("tr").value });
  history.replaceState(null, "", `#${fields}`);
}

function restore() {
  const fields = new URLSearchParams(location.hash.slice(1));
  if (!fields.get("path")) return false;
  const endpoint = state.endpoints.find((one) => one.id === fields.get("endpoint"));
  if (endpoint) $("endpoint").value = endpoint.url;
  $("path").value = fields.get("path");
  $("tr").value = fields.get("tr") ?? "";
  return true;
}

function pick(sample) {
  $("endpoint").value = sample.endpoint;
  $("path").value = sample.path;
  preview();
}

function address() {
  const path = $("path").value.trim().replace(/^\/+/, "");
  const tr = $("tr").value.trim().replace(/^tr:/, "");
  if (!path || !$("endpoint").value) return null;
  // What would end the path must not; all else stays as it was typed, so that the server judges it.
  const safe = (text) => text.replace(/[?#\s"<>\\^`{|}]/g, encodeURIComponent);
  const query = path.indexOf("?");
  const file = query < 0 ? safe(path) : `${safe(path.slice(0, query))}?${safe(path.slice(query + 1)).replace(/%3F/g, "?")}`;
  return $("endpoint").value + (tr ? `tr:${safe(tr).replace(/\//g, "%2F")}/` : "") + file;
}

// === one image ===

async function preview() {
  const url = address();
  chips();
  if (!url) return;
  const turn = ++asked;
  remember();
  $("address").textContent = url;
  $("address").href = url;
  $("stage").setAttribute("aria-busy", "true");
  explain(url, turn);
  let response;
  let body;
  const started = performance.now();
  try {
    response = await fetch(url, { cache: "no-store", headers: { Accept: $("accept").value } });
    body = await response.blob();
  } catch (error) {
    if (turn !== asked) return;
    $("stage").setAttribute("aria-busy", "false");
    failure("The request failed", String(error));
    return;
  }
  if (turn !== asked) return;
  const took = performance.now() - started;
  $("stage").setAttribute("aria-busy", "false");
  headers(response);
  timing(response.headers.get("server-timing"), took);
  await figure(response, body, turn);
  setTimeout(refresh, 100);
}

function failure(title, text) {
  $("failure").hidden = !title;
  fill("failure", el("strong", {}, title || ""), text || "");
}

function headers(response) {
  const rows = [["status", String(response.status)], ...response.headers.entries()];
  fill("headers", ...rows.map(([name, value]) => el("tr", {}, el("td", {}, name), el("td", {}, value))));
}

async function figure(response, body, turn) {
  const type = response.headers.get("content-type") || "no content type";
  if (shown) URL.revokeObjectURL(shown);
  shown = URL.createObjectURL(body);
  const fact = (name, value) => el("span", {}, `${name} `, el("b", {}, value));
  const caption = [fact("Status", String(response.status)), fact("Bytes", bytes(body.size)), fact("Type", type)];
  if (!response.ok) {
    const text = (await body.slice(0, 500).text()).trim();
    if (turn !== asked) return;
    failure(response.headers.get("ik-error") || `Status ${response.status}`, advice(response));
    fill("canvas", el("pre", {}, text || `Status ${response.status}`));
    fill("caption", ...caption);
    return;
  }
  failure("", "");
  if (!type.startsWith("image/")) {
    fill("canvas", el("p", { class: "hint" }, `This is no picture but ${type}.`));
    fill("caption", ...caption);
    return;
  }
  const image = new Image();
  image.src = shown;
  image.alt = `${$("path").value} with ${$("tr").value || "no transformation"}`;
  try {
    await image.decode();
  } catch {
    if (turn === asked) fill("canvas", el("p", { class: "hint" }, "This browser cannot show the picture."));
  }
  if (turn !== asked) return;
  if (image.naturalWidth) {
    fill("canvas", image);
    caption.splice(1, 0, fact("Size", `${image.naturalWidth} x ${image.naturalHeight}`));
  }
  fill("caption", ...caption);
}

/** What to do about an error, as the server words it for its code. */
function advice(response) {
  const code = (response.headers.get("ik-error") || "").split(" ")[0];
  return state && state.advice[code] ? state.advice[code] : "";
}

function timing(header, took) {
  const found = new Map();
  for (const metric of (header || "").split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)) {
    const [name, ...parameters] = metric.split(";").map((part) => part.trim());
    const duration = parameters.map((part) => /^dur=([\d.]+)$/.exec(part)).find(Boolean);
    if (duration) found.set(name, Number(duration[1]));
  }
  const total = found.get("cdn-downstream-fbl") ?? Math.round(took);
  const parts = TIMINGS.filter(([name]) => found.has(name)).map(([name, label]) => ({ name, label, dur: found.get(name) }));
  const known = parts.reduce((sum, part) => sum + part.dur, 0);
  if (!found.has("queue") && parts.length && total > known) {
    const at = parts.findIndex((part) => part.name === "transformation");
    parts.splice(at < 0 ? parts.length : at, 0, { name: "queue", label: "Queue, rest", dur: total - known });
  }
  const scale = Math.max(total, parts.reduce((sum, part) => sum + part.dur, 0), 1);
  let from = 0;
  const bars = parts.map((part) => {
    const bar = row(part.label, part.name, part.dur, from / scale, part.dur / scale);
    from += part.dur;
    return bar;
  });
  fill("timing", ...bars, row(found.has("cdn-downstream-fbl") ? "Total" : "Seen here", "total", total, 0, total / scale));
}

function row(label, name, ms, from, width) {
  const bar = el("span", { class: "fill" });
  bar.style.left = `${from * 100}%`;
  bar.style.width = `${width * 100}%`;
  bar.style.background = `var(--${name})`;
  return el("div", { class: "bar" }, el("span", {}, label), el("span", { class: "track", "aria-hidden": "true" }, bar),
    el("span", { class: "ms" }, `${ms} ms`));
}

async function explain(url, turn) {
  let answer;
  try {
    answer = await ask(`/dev/explain?url=${encodeURIComponent(url)}&accept=${encodeURIComponent($("accept").value)}`);
  } catch (error) {
    if (turn === asked) fill("steps", el("p", { class: "hint" }, String(error)));
    return;
  }
  if (turn !== asked) return;
  const size = (pair) => pair ? `${pair[0]} x ${pair[1]}` : "size not known";
  const step = (text, sizes, notes) => el("li", {}, text, el("div", { class: "size" }, sizes),
    ...notes.map((note) => el("div", { class: "note" }, note)));
  const parameters = (params) => Object.entries(params).map(([key, value]) => value === "" ? key : `${key}-${value}`).join(",");
  const steps = answer.steps.map((one) =>
    step(parameters(one.params), one.in && one.out ? `${size(one.in)} to ${size(one.out)}` : size(null), one.notes));
  const output = answer.output;
  if (!answer.error && (output.format || output.width)) {
    const quality = output.quality ? `, quality ${output.quality}` : "";
    const format = output.format ? output.format.toUpperCase() : "Format by the pixels";
    steps.push(step(`${format}${quality}`, size(output.width ? [output.width, output.height] : null), []));
  }
  const route = answer.endpoint
    ? el("p", { class: "route" }, el("code", {}, answer.resource ?? ""), " from ", answer.origins.join(", then ") || "no origin")
    : null;
  const ignored = answer.ignored.length ? el("p", { class: "wrong" }, `Ignored: ${answer.ignored.join(", ")}`) : null;
  const wrong = answer.error ? el("p", { class: "wrong" }, `${answer.error.code} - ${answer.error.message}`) : null;
  fill("steps", ...[route, wrong, steps.length ? el("ol", { class: "steps" }, ...steps) : null, ignored].filter(Boolean));
}

// === the form ===

function chips() {
  const current = $("tr").value.trim();
  for (const chip of $("chips").children) chip.setAttribute("aria-pressed", String(chip.textContent === current));
}

fill("chips", ...PRESETS.map((preset) => el("button", {
  type: "button", class: "mono", "aria-pressed": "false", onclick: () => { $("tr").value = preset; preview(); },
}, preset)));
$("form").addEventListener("submit", (event) => { event.preventDefault(); preview(); });
for (const id of ["endpoint", "accept"]) $(id).addEventListener("change", preview);
$("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText($("address").textContent);
  $("copy").textContent = "Copied";
  setTimeout(() => { $("copy").textContent = "Copy"; }, 1500);
});

await refresh();
setInterval(() => { if (!document.hidden) refresh(); }, REFRESH);

// Round-trip times of the last half minute as an SVG: one line, broken where there was no connection.

/** How much time the chart shows, in milliseconds. */
const WINDOW_MS = 30_000;

/** Room for the labels, in pixels. */
const ROOM = { left: 52, right: 10, top: 10, bottom: 22 };

/** Steps of the scale: the first that is above every value. */
const SCALES_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

const SVG = 'http://www.w3.org/2000/svg';

/** @param {SVGSVGElement} svg */
export function createChart(svg) {
  /** `{ at, rtt }`, or `{ at }` where the connection was lost or came back. */
  let points = [];
  /** `{ from, until }`: when the connection was lost, and when it came back. */
  let holes = [];

  const draw = () => {
    const now = performance.now();
    points = points.filter(({ at }) => at > now - WINDOW_MS);
    holes = holes.filter(({ until = now }) => until > now - WINDOW_MS);
    const { width, height } = svg.getBoundingClientRect();
    const values = points.flatMap(({ rtt }) => (rtt === undefined ? [] : [rtt]));
    const top = SCALES_MS.find((scale) => scale >= Math.max(0, ...values)) ?? Math.max(...values);
    const frame = { left: ROOM.left, right: width - ROOM.right, top: ROOM.top, bottom: height - ROOM.bottom };
    const x = (at) => frame.right - ((now - at) / WINDOW_MS) * (frame.right - frame.left);
    const y = (rtt) => frame.bottom - (rtt / top) * (frame.bottom - frame.top);
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.replaceChildren(
      ...holes.map((hole) => band(hole, frame, x, now)),
      ...grid(frame, top),
      ...stretches(points).flatMap((stretch) => curve(stretch, frame, x, y)),
    );
  };

  new ResizeObserver(draw).observe(svg);
  setInterval(draw, 250);
  return {
    add(rtt) {
      points.push({ at: performance.now(), rtt });
      draw();
    },
    lost() {
      if (holes.at(-1)?.until === undefined && holes.length > 0) return;
      points.push({ at: performance.now() });
      holes.push({ from: performance.now() });
    },
    back() {
      const hole = holes.at(-1);
      if (hole !== undefined) hole.until ??= performance.now();
    },
    get values() {
      return points.flatMap(({ rtt }) => (rtt === undefined ? [] : [rtt]));
    },
  };
}

/** Runs of points without a hole between them. */
function stretches(points) {
  const runs = [[]];
  for (const point of points) {
    if (point.rtt === undefined) runs.push([]);
    else runs.at(-1).push(point);
  }
  return runs.filter((run) => run.length > 0);
}

function curve(run, frame, x, y) {
  const corners = run.map(({ at, rtt }) => `${x(at).toFixed(1)} ${y(rtt).toFixed(1)}`);
  const [first, last] = [x(run[0].at).toFixed(1), x(run.at(-1).at).toFixed(1)];
  const line = `M${corners.join('L')}`;
  return [
    element('path', { class: 'area', d: `${line}L${last} ${frame.bottom}L${first} ${frame.bottom}Z` }),
    element('path', { class: 'line', d: line }),
    ...run.map(({ at, rtt }) => element('circle', { cx: x(at).toFixed(1), cy: y(rtt).toFixed(1), r: 1.8 })),
  ];
}

function band({ from, until }, frame, x, now) {
  const begin = Math.max(frame.left, x(from));
  const width = Math.max(0, x(until ?? now) - begin);
  return element('rect', { class: 'down', x: begin, y: frame.top, width, height: frame.bottom - frame.top });
}

function grid(frame, top) {
  const lines = [0, 0.5, 1].flatMap((part) => {
    const y = frame.bottom - part * (frame.bottom - frame.top);
    return [
      element('line', { class: 'grid', x1: frame.left, x2: frame.right, y1: y, y2: y }),
      element('text', { class: 'end', x: frame.left - 8, y: y + 4 }, `${top * part} ms`),
    ];
  });
  return [
    ...lines,
    element('text', { x: frame.left, y: frame.bottom + 17 }, `${WINDOW_MS / 1000} s ago`),
    element('text', { class: 'end', x: frame.right, y: frame.bottom + 17 }, 'now'),
  ];
}

function element(name, attributes, text = '') {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.textContent = text;
  return node;
}

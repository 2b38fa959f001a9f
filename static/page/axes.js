// Where the axes of a picture stand: {left, top, right, bottom} in pixels of its place, `x` and `y` their windows.

/** Return the axes at a place of a picture, or those next to it, or null where it has none. */
export function axesAt(list, [x, y]) {
  const off = ({ left, right, top, bottom }) => Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
  return list.reduce((best, one) => (best === null || off(one) < off(best) ? one : best), null);
}

/** Stand an upright line at x from end to end of the axes, hidden where they do not show it; return how far from the left. */
export function standAt(line, axes, x) {
  const left = axes.left + ((x - axes.x[0]) / (axes.x[1] - axes.x[0])) * (axes.right - axes.left);
  line.hidden = !(x >= axes.x[0] && x <= axes.x[1]);
  Object.assign(line.style, { left: `${left}px`, top: `${axes.top}px`, height: `${axes.bottom - axes.top}px` });
  return left;
}

/** Colours for canvases: design tokens, resolved once a theme. */

/** Reads what `var(name)` is right now. The root carries the theme, so a probe beneath it resolves `light-dark()`. */
function resolve(probe: HTMLElement, token: string): string {
  probe.style.color = `var(${token})`;
  return getComputedStyle(probe).color;
}

const cache = new Map<string, string>();
let cachedTheme = '';

/** Colour of a token under `theme`, with an alpha. */
export function colour(token: string, theme: string, alpha = 1): string {
  if (theme !== cachedTheme) {
    cache.clear();
    cachedTheme = theme;
  }
  const key = `${token} ${alpha}`;
  let value = cache.get(key);
  if (value === undefined) {
    const probe = document.createElement('i');
    probe.hidden = true;
    document.documentElement.append(probe);
    const [r = 0, g = 0, b = 0] = channels(resolve(probe, token));
    probe.remove();
    value = `rgba(${r},${g},${b},${alpha})`;
    cache.set(key, value);
  }
  return value;
}

/** The three channels of a computed colour, 0..=255. */
export function channels(computed: string): number[] {
  const numbers = computed.match(/[\d.]+/g)?.slice(0, 3).map(Number) ?? [];
  // `color(srgb 0.1 0.2 0.3)` is what some engines compute for mixed colours.
  return computed.startsWith('color(') ? numbers.map((value) => Math.round(value * 255)) : numbers;
}

/** The heat ramp in `steps` steps, as one packed little-endian RGBA a step (the layout of image data). */
export function heatRamp(theme: string, steps: number): Uint32Array {
  const stops = [0, 1, 2, 3, 4].map((index) => channels(colour(`--heat-${index}`, theme)));
  return Uint32Array.from({ length: steps }, (_, step) => {
    const position = (step / (steps - 1)) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(position));
    const mix = (channel: number) => {
      const from = stops[low]?.[channel] ?? 0;
      const to = stops[low + 1]?.[channel] ?? 0;
      return Math.round(from + (to - from) * (position - low));
    };
    return ((255 << 24) | (mix(2) << 16) | (mix(1) << 8) | mix(0)) >>> 0;
  });
}

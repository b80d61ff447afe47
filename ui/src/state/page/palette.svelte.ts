/** Whether the palette is open: `palette.open = true` opens it. */
class PaletteState {
  open = $state(false);
}

export const palette = new PaletteState();

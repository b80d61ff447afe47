/** Whether the rail lies over the lanes, where the window is too narrow for both. */
export const rail = $state({ open: false });

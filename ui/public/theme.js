// Before first paint: the theme chosen in the settings, where it differs from the system's.
(() => {
  try {
    const theme = JSON.parse(localStorage.getItem('sightline.preferences') || '{}').theme;
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is off or holds something else: the system decides.
  }
})();

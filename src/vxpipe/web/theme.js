/** The theme that the reader chose, before anything is painted. A classic script: modules come too late for that. */

try {
  const theme = localStorage.getItem("vxpipe.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing for this site: its own preference stays.
}

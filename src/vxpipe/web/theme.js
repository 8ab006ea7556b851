/** The theme that the reader chose, before anything is painted: modules come too late for that. */

try {
  document.documentElement.dataset.theme = localStorage.getItem("vxpipe.theme") ?? "auto";
} catch {
  // A browser that keeps nothing for this site: its own preference stays.
}

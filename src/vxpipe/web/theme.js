/** The reader's theme, before anything is painted: modules come too late for that. */

try {
  document.documentElement.dataset.theme = localStorage.getItem("vxpipe.theme") ?? "auto";
} catch {
  // Nothing is kept for this site.
}

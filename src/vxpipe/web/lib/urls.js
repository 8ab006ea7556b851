/** Addresses of the service, wherever it lies: this file's own address tells, `ROOT/assets/DIGEST/lib/urls.js`. */

export const ROOT = new URL("../../../", import.meta.url);

/** The address of a path such as `jobs`; one that the service placed already stays. */
export const at = (path) =>
  ROOT.pathname !== "/" && path.startsWith(ROOT.pathname) ? path : ROOT.pathname + path.replace(/^\//, "");

/** The path below the root; null for an address elsewhere. */
export function below(url) {
  const { origin, pathname } = new URL(url);
  return origin === ROOT.origin && pathname.startsWith(ROOT.pathname) ? pathname.slice(ROOT.pathname.length) : null;
}

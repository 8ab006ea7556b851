/** Addresses of the service, wherever it lies: this file's own address tells, `ROOT/assets/DIGEST/lib/urls.js`. */

export const ROOT = new URL("../../../", import.meta.url);

/** The address of a path of the API or of a screen, `/jobs` or `jobs`; one that the service already placed stays. */
export const at = (path) =>
  ROOT.pathname !== "/" && path.startsWith(ROOT.pathname) ? path : ROOT.pathname + path.replace(/^\//, "");

/** The path below the root of an address on this service, null for any other. */
export function below(url) {
  const { origin, pathname } = new URL(url);
  return origin === ROOT.origin && pathname.startsWith(ROOT.pathname) ? pathname.slice(ROOT.pathname.length) : null;
}

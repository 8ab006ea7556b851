/** Where the service is: the page may be found below any path. */

/** The address of one of the service's paths. */
export const within = (path) => new URL(path.slice(1), document.baseURI).href;

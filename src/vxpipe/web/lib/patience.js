/** A limit to silence: its `signal` aborts so long after the last `renew`, unless the `end` came before. */

export function patience(milliseconds) {
  const limit = new AbortController();
  let timer = 0;
  const end = () => clearTimeout(timer);
  const renew = () => {
    end();
    timer = setTimeout(() => limit.abort(), milliseconds);
  };
  return { signal: limit.signal, renew, end };
}

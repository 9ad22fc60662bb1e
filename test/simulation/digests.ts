/**
 * The one thing a bridge awaits that does not stop at a gate: a digest is computed on another thread, and how many turns of
 * the event loop it takes differs from run to run. So the world waits for those under way.
 */
const { subtle } = crypto;
let underWay = 0;

export const digestsUnderWay = () => underWay;

/** Until the returned function is called. */
export function watchDigests(): () => void {
  const digest = subtle.digest.bind(subtle);
  subtle.digest = async (...args) => {
    underWay += 1;
    try {
      return await digest(...args);
    } finally {
      underWay -= 1;
    }
  };
  return () => {
    subtle.digest = digest;
  };
}

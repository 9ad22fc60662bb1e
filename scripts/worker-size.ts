/** The size a Worker is judged by, from `Total Upload: 739.32 KiB / gzip: 179.08 KiB`. Null when wrangler does not say it. */
export function readGzipKib(output: string): number | null {
  const size = /Total Upload:.*\/ gzip: ([\d.]+) (KiB|MiB)/.exec(output);
  if (!size) return null;
  return Number(size[1]) * (size[2] === "MiB" ? 1_024 : 1);
}

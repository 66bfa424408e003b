import { randomFillSync } from 'node:crypto'

/** A random key outside the JavaScript heap, where small typed arrays otherwise live and heap snapshots would show it. */
export function randomKey(bytes: number): Buffer {
  return randomFillSync(Buffer.allocUnsafeSlow(bytes))
}

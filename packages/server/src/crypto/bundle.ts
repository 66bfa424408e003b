import { Problem } from '../errors.ts'
import { Secret } from '../secret.ts'

/**
 * Every field of a credential as one value of the vault: so that a version is there whole or not at all, and costs one look-up. Framed by
 * lengths and not as JSON, whose parser would leave copies in strings that nobody can wipe.
 */
export function packed(fields: Readonly<Record<string, Secret>>): Secret {
  const entries = Object.entries(fields).map(([name, secret]) => ({
    name: Buffer.from(name),
    bytes: secret.revealBytes(),
  }))
  const size = entries.reduce((total, { name, bytes }) => total + 6 + name.byteLength + bytes.byteLength, 1)
  const whole = Buffer.allocUnsafeSlow(size)
  whole.writeUInt8(FORMAT, 0)
  let at = 1
  for (const { name, bytes } of entries) {
    at = whole.writeUInt16BE(name.byteLength, at)
    at = whole.writeUInt32BE(bytes.byteLength, at)
    whole.set(name, at)
    whole.set(bytes, at + name.byteLength)
    at += name.byteLength + bytes.byteLength
  }
  const secret = Secret.of(whole)
  whole.fill(0)
  return secret
}

export function unpacked(whole: Secret, owner: string): Record<string, Secret> {
  const bytes = whole.revealBytes()
  const corrupt = () => new Problem('vault.corrupt', { owner })
  if (bytes.byteLength === 0 || bytes.readUInt8(0) !== FORMAT) throw corrupt()
  const fields: Record<string, Secret> = Object.create(null)
  let at = 1
  while (at < bytes.byteLength) {
    if (at + 6 > bytes.byteLength) throw corrupt()
    const nameLength = bytes.readUInt16BE(at)
    const length = bytes.readUInt32BE(at + 2)
    const start = at + 6 + nameLength
    if (start + length > bytes.byteLength) throw corrupt()
    fields[bytes.toString('utf8', at + 6, start)] = Secret.of(bytes.subarray(start, start + length))
    at = start + length
  }
  return fields
}

const FORMAT = 1

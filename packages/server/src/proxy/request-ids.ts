import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * Ids of calls, in the form of all ids: the first 18 letters are this process's own, the last 8 are counted. Ids are names, never proof of
 * anything, and 128 random bits for each would cost a twentieth of the hop.
 */
export function createRequestIds(): () => string {
  const random = randomBytes(26)
  let prefix = 'req_'
  for (let at = 0; at < 18; at++) prefix += ALPHABET[random[at]! & 31]
  let high = random.readUInt16BE(18) & 0xfffff
  let low = random.readUInt16BE(20)
  let highText = counted(high)
  return () => {
    if (++low > 0xfffff) {
      low = 0
      high = (high + 1) & 0xfffff
      highText = counted(high)
    }
    return prefix + highText + counted(low)
  }
}

/** Twenty bits as four letters. */
function counted(bits: number): string {
  return (
    ALPHABET[(bits >>> 15) & 31]! + ALPHABET[(bits >>> 10) & 31]! + ALPHABET[(bits >>> 5) & 31]! + ALPHABET[bits & 31]!
  )
}

/**
 * Whether a call is one of those that mint or reveal credentials. When in doubt it is: letters of any case, slashes doubled, trailing
 * or encoded, and parameters behind a semicolon all mean the same call, because to some service they do.
 */
export function isGuarded(guarded: readonly string[], method: string, path: string): boolean {
  const readings = readingsOf(path)
  return guarded.some((entry) => {
    const [verb, pattern] = entry.split(' ') as [string, string]
    if (verb !== 'ANY' && !sameVerb(verb, method)) return false
    return readings.some((reading) => matchesPath(pattern.toLowerCase().replace(/(.)\/$/, '$1'), reading))
  })
}

/** Whoever answers GET answers HEAD. */
function sameVerb(verb: string, method: string): boolean {
  const asked = method.toUpperCase()
  return verb === asked || (verb === 'GET' && asked === 'HEAD')
}

function readingsOf(path: string): string[] {
  const readings = new Set<string>()
  let read = path
  for (let depth = 0; depth < 6; depth++) {
    const plain = read.toLowerCase()
    const bare = plain.replaceAll(/;[^/]*/g, '')
    for (const one of [plain, bare]) readings.add(one.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1'))
    const next = decoded(read)
    if (next === read) break
    read = next
  }
  return [...readings].map((reading) => (reading.startsWith('/') ? reading : `/${reading}`))
}

function decoded(path: string): string {
  return path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch (error) {
      if (error instanceof URIError) return escapes
      throw error
    }
  })
}

type Step = { char: string } | { any: 'piece' | 'rest' } | { orNothing: true }

/**
 * `*` is one segment or a part of one, `**` is anything, and `/**` anything below or nothing. Runs all states side by side, so that no pattern
 * of a definition from outside can take more than its length times that of the path.
 */
export function matchesPath(pattern: string, path: string): boolean {
  const steps = stepsOf(pattern)
  let states = closed(new Set([0]), steps)
  for (const char of path) {
    const next = new Set<number>()
    for (const at of states) {
      const step = steps[at]
      if (!step) continue
      if ('char' in step) {
        if (step.char === char) next.add(at + 1)
      } else if ('any' in step) {
        if (step.any === 'rest' || char !== '/') next.add(at)
      } else if (char === '/') next.add(at + 1)
    }
    states = closed(next, steps)
    if (states.size === 0) return false
  }
  return states.has(steps.length)
}

/** `orNothing` is a slash that begins a rest, and may be absent together with it. */
function stepsOf(pattern: string): Step[] {
  const steps: Step[] = []
  for (let at = 0; at < pattern.length; ) {
    if (/^\/\*\*(\/|$)/.test(pattern.slice(at))) {
      steps.push({ orNothing: true }, { any: 'rest' })
      at += 3
    } else if (pattern.startsWith('**', at)) {
      steps.push({ any: 'rest' })
      at += 2
    } else if (pattern[at] === '*') {
      steps.push({ any: 'piece' })
      at += 1
    } else {
      steps.push({ char: pattern[at]! })
      at += 1
    }
  }
  return steps
}

function closed(states: Set<number>, steps: readonly Step[]): Set<number> {
  for (const at of states) {
    const step = steps[at]
    if (!step) continue
    if ('any' in step) states.add(at + 1)
    else if ('orNothing' in step) states.add(at + 2)
  }
  return states
}

/** Ways of not answering. */
import type { Outage } from './levers.ts'
import { htmlAnswer, jsonAnswer, type PlainAnswer } from './received.ts'

/** What a connection attempt throws. `ETIMEDOUT` and `ECONNRESET` may come after the work was done. */
export class Unreachable extends Error {
  readonly code: 'ENOTFOUND' | 'ECONNRESET' | 'ETIMEDOUT'

  constructor(code: Unreachable['code'], message: string) {
    super(message)
    this.code = code
  }
}

export function outageAnswer(how: Outage): PlainAnswer {
  switch (how) {
    case 'error':
      return jsonAnswer(503, { message: 'Service unavailable' })
    case 'html':
      return htmlAnswer(502, 'Bad gateway')
    case 'asleep':
      return htmlAnswer(200, 'Your instance is hibernating')
    case 'timeout':
      throw new Unreachable('ETIMEDOUT', 'no answer came in time')
    case 'reset':
    case 'drop':
      throw new Unreachable('ECONNRESET', 'the connection was reset')
  }
}

import type { Dispatcher } from 'undici'
import type { Dispatch } from '../../src/net/dispatch.ts'
import type { Send } from '../../src/net/message.ts'

/** Calls of the proxy and of actions, at the services that are simulated. */
export function simulatedDispatch(send: Send): Dispatch {
  return {
    send: ({ origin, method, path, headers, body }, handler) => {
      const controller = {
        abort: () => {},
        pause: () => {},
        resume: () => {},
      } as unknown as Dispatcher.DispatchController
      handler.onRequestStart?.(controller, {})
      const names: Record<string, string> = {}
      for (let at = 0; at < headers.length; at += 2) names[headers[at]!.toLowerCase()] = headers[at + 1]!
      const bytes = body === null || body === undefined ? undefined : Buffer.from(body as Uint8Array)
      send({ method, url: origin + path, headers: names, ...(bytes ? { body: bytes } : {}) }).then(
        (answer) => {
          handler.onResponseStart?.(controller, answer.status, { ...answer.headers }, '')
          if (answer.body !== '') handler.onResponseData?.(controller, Buffer.from(answer.body))
          handler.onResponseEnd?.(controller, {})
        },
        (error: Error) => handler.onResponseError?.(controller, error),
      )
    },
    stats: () => ({ pools: 0, running: 0 }),
    close: async () => {},
  }
}

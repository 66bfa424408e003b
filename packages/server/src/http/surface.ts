import type { Metrics } from './metrics.ts'
import { describeApi } from './openapi.ts'
import { referenceStyle } from './reference-style.ts'
import type { Route, Standing, Surface } from './route.ts'

/** What the API says about itself: described once, when first asked. */
export function createSurface(deps: {
  routes: readonly Route[]
  metrics: Metrics
  version: string
  standing: () => Standing
}): Surface {
  const { routes, metrics, version } = deps
  let described: ReturnType<typeof describeApi> | undefined
  const describe = () => {
    described ??= describeApi(routes, { version, publicUrl: deps.standing().publicUrl })
    return described
  }
  return {
    version,
    standing: deps.standing,
    metrics: () => metrics.text(),
    openapi: async () => JSON.stringify(await describe()),
    reference: async () => (await import('./reference.ts')).referencePage(await describe()),
    problems: async () => (await import('./reference.ts')).problemsPage(),
    style: () => referenceStyle,
  }
}

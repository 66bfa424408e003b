import { createRootRoute, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { queries, queryClient } from './api.ts'
import { places } from './nav.ts'
import { AuditPage, type AuditSearch } from './pages/audit.tsx'
import { DevicePage } from './pages/device.tsx'
import { InvitePage } from './pages/invite.tsx'
import { KeysPage } from './pages/keys.tsx'
import { MembersPage } from './pages/members.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { SetupPage } from './pages/setup.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { SystemPage } from './pages/system.tsx'
import { YouPage } from './pages/you.tsx'
import { Allowed } from './parts/allowed.tsx'
import { PageProblem } from './parts/page-problem.tsx'
import { Pending } from './parts/pending.tsx'
import { Shell } from './parts/shell.tsx'

/** Every page, once. To add one: a file in pages/, a line here, and a line in nav.ts that says who may see it. */
const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: PageProblem })

const setup = createRoute({ getParentRoute: () => root, path: '/setup', component: SetupPage })
const invite = createRoute({ getParentRoute: () => root, path: '/invite', component: InvitePage })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === 'string' ? { next: search.next } : {},
  component: SignInPage,
})

// Both need somebody who is signed in; only the first has the shell around it.
const shell = createRoute({ getParentRoute: () => root, id: 'shell', beforeLoad: mustBeSignedIn, component: Shell })
const alone = createRoute({ getParentRoute: () => root, id: 'alone', beforeLoad: mustBeSignedIn, component: Outlet })

const device = createRoute({
  getParentRoute: () => alone,
  path: '/device',
  validateSearch: (search: Record<string, unknown>): { user_code?: string } =>
    search.user_code === undefined ? {} : { user_code: String(search.user_code).slice(0, 20) },
  component: DevicePage,
})

const overview = createRoute({ getParentRoute: () => shell, path: '/', component: only('/', OverviewPage) })
const members = createRoute({ getParentRoute: () => shell, path: '/members', component: only('/members', MembersPage) })
const keys = createRoute({ getParentRoute: () => shell, path: '/keys', component: only('/keys', KeysPage) })
const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: (search: Record<string, unknown>): AuditSearch => {
    const names = ['scope', 'event', 'member', 'from', 'to'] as const
    return Object.fromEntries(names.filter((name) => search[name]).map((name) => [name, String(search[name])]))
  },
  component: only('/audit', AuditPage),
})
const you = createRoute({ getParentRoute: () => shell, path: '/you', component: only('/you', YouPage) })
const system = createRoute({ getParentRoute: () => shell, path: '/system', component: only('/system', SystemPage) })

const tree = root.addChildren([
  setup,
  invite,
  signIn,
  alone.addChildren([device]),
  shell.addChildren([overview, members, keys, audit, you, system]),
])

export function createPages() {
  return createRouter({
    routeTree: tree,
    defaultPreload: 'intent',
    scrollRestoration: true,
    // A parameter that no page has asked for and checked does not reach it.
    search: { strict: true },
    defaultPendingComponent: Pending,
    // The placeholder itself waits before it shows.
    defaultPendingMs: 0,
    defaultPendingMinMs: 0,
    defaultErrorComponent: PageProblem,
    defaultNotFoundComponent: NotFoundPage,
  })
}

async function mustBeSignedIn({ location }: { location: { href: string; pathname: string } }): Promise<void> {
  const me = await queryClient.ensureQueryData(queries.me())
  if (!me) throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { next: location.href } })
}

function only(to: (typeof places)[number]['to'], Page: ComponentType) {
  const place = places.find((candidate) => candidate.to === to)!
  return () => (
    <Allowed place={place}>
      <Page />
    </Allowed>
  )
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPages>
  }
}

import type { AuditRecord } from '@cardea/sdk'
import { text } from '../messages.ts'
import { Tag } from './page.tsx'
import { When } from './when.tsx'

/** One entry in plain words; what else is known of it opens below. */
export function AuditEntry({ entry, nameOf }: { entry: AuditRecord; nameOf: (id: string) => string }) {
  return (
    <li>
      <details className="group">
        <summary className="flex list-none flex-wrap items-baseline gap-x-2 px-4 py-2.5 -outline-offset-2 hover:bg-hover pointer-coarse:py-3">
          <span className="min-w-0 flex-1 basis-64">
            <span className="font-medium">{whoDid(entry, nameOf)}</span> {whatWasDone(entry, nameOf)}
          </span>
          {entry.risk === 'high' && <Tag tone="warn">{text.audit.highRisk}</Tag>}
          <span className="text-ink-3">
            <When at={entry.at} />
          </span>
        </summary>
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-0.5 px-4 pt-1 pb-3">
          {factsOf(entry).map(([term, fact]) => (
            <div key={term} className="contents">
              <dt className="text-ink-3">{text.audit.facts[term] ?? term}</dt>
              <dd className="min-w-0 font-mono text-xs/5">{term === 'at' ? <When at={fact} exact /> : fact}</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  )
}

function whoDid({ actor }: AuditRecord, nameOf: (id: string) => string): string {
  const name = nameOf(actor.id)
  if (name !== actor.id) return name
  return text.audit.actors[actor.kind] ?? actor.kind
}

function whatWasDone({ actor, event, subject, detail }: AuditRecord, nameOf: (id: string) => string): string {
  const toThemselves = text.audit.toThemselves[event]
  if (toThemselves && subject === actor.id) return toThemselves
  const words = text.audit.events[event]
  if (!words) return event.replace(/[._]/g, ' ')
  // The record keeps a name or an address beside the id where there was one; people know those.
  const known = [detail?.name, detail?.email].find((each) => typeof each === 'string')
  const it = subject && nameOf(subject) !== subject ? nameOf(subject) : (known ?? subject)
  return it ? words.replace('{it}', String(it)) : withoutIt(words)
}

function factsOf(entry: AuditRecord): [string, string][] {
  const { actor, detail, ...rest } = entry
  const facts: [string, string][] = []
  for (const name of Object.keys(text.audit.facts)) {
    const fact = name === 'actor' ? `${actor.kind} ${actor.id}` : rest[name as keyof typeof rest]
    if (fact !== null && fact !== undefined) facts.push([name, String(fact)])
  }
  for (const [name, fact] of Object.entries(detail ?? {})) {
    facts.push([name, typeof fact === 'string' ? fact : JSON.stringify(fact)])
  }
  return facts
}

function withoutIt(words: string): string {
  return words.replace(/( of| from| as)? \{it\}/, '')
}

/** An event by itself, for a list to choose from. */
export function eventLabel(event: string): string {
  const words = withoutIt(text.audit.events[event] ?? event)
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** What concerns the whole server is filed apart and never in a workspace. */
export function happensInWorkspaces(event: string): boolean {
  return !/^(operator|vault|backup|server|session|login|password)\.|^audit\.verified$/.test(event)
}

import type { Service } from '@cardea/catalog'
import { type Complaint, complaints } from '@cardea/catalog/rules'
import { Problem } from '../errors.ts'
import { service as shape } from './service-shape.ts'
import type { Flaw } from './shape.ts'
import { type Format, type Issue, readSource, type Source, spotOf } from './source.ts'

/** From text to a definition, or a refusal that names each line that is wrong. */

/** A definition of the right shape. Whether it also keeps the rules, `readDefinition` says. */
export function parseDefinition(text: string, format: Format): Service {
  return shaped(readSource(text, format))
}

/** A definition that keeps every rule of the catalog, and those that are given besides. */
export function readDefinition(
  id: string,
  text: string,
  format: Format,
  more: (service: Service) => readonly Complaint[] = () => [],
): Service {
  const source = readSource(text, format)
  const service = shaped(source)
  refuse(
    [...complaints(id, service), ...more(service)].map(({ where, says }) =>
      source.issueAt(spotOf(where, service), says),
    ),
  )
  return service
}

function shaped(source: Source): Service {
  refuse(source.issues)
  const flaws: Flaw[] = []
  shape.look(source.value, [], flaws)
  refuse(flaws.map(({ at, message, word }) => source.issueAt(at, message, word ? 'word' : 'value')))
  // The shape is the type: the compiler holds them together in service-shape.ts.
  return source.value as Service
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length === 0) return
  const seen = new Map(
    issues.map((issue) => [`${issue.path} ${issue.message}`, { ...issue, message: issue.message.slice(0, 300) }]),
  )
  throw new Problem('service.invalid', { issues: [...seen.values()].slice(0, MOST_ISSUES) })
}

const MOST_ISSUES = 20

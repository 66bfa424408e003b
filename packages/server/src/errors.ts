import { problems } from './problems.ts'

export { problems }

export type ProblemCode = keyof typeof problems

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never
type Needed<Code extends ProblemCode> = Placeholders<(typeof problems)[Code]['detail']>
type Values<Code extends ProblemCode> = [Needed<Code>] extends [never]
  ? [extra?: Record<string, unknown>]
  : [values: Record<Needed<Code>, string | number> & Record<string, unknown>]

/** The one error class that reaches a caller. Values fill the sentences and are shown beside them. */
export class Problem<Code extends ProblemCode = ProblemCode> extends Error {
  readonly code: Code
  readonly values: Record<string, unknown>

  constructor(code: Code, ...[values]: Values<Code>) {
    super(fill(problems[code].detail, values ?? {}))
    this.name = 'Problem'
    this.code = code
    this.values = values ?? {}
  }

  get status(): number {
    return problems[this.code].status
  }

  get title(): string {
    return problems[this.code].title
  }

  get next(): string {
    return fill(problems[this.code].next, this.values)
  }
}

/** Whether an error is this problem; the way to tell one refusal from another. */
export function isProblem<Code extends ProblemCode>(error: unknown, code: Code): error is Problem<Code> {
  return error instanceof Problem && error.code === code
}

function fill(sentence: string, values: Record<string, unknown>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  )
}

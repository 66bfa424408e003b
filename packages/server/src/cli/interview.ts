import { createInterface } from 'node:readline/promises'
import { type Draft, type Question, questions } from '../services/services.ts'
import { Misuse } from './command.ts'

/** Asks what options have not said: on a terminal one by one; elsewhere every missing option is named at once. */
export async function interview(values: Readonly<Record<string, unknown>>, isTerminal: boolean): Promise<Draft> {
  const draft: Partial<Record<keyof Draft, string>> = {}
  const missing: string[] = []
  const terminal = isTerminal ? createInterface({ input: process.stdin, output: process.stderr }) : undefined
  try {
    for (const question of questions) {
      if (question.when && !question.when(draft as Partial<Draft>)) continue
      const given = values[flagOf(question.name)]
      const fallback = question.default?.(draft as Partial<Draft>)
      const answer = typeof given === 'string' ? given : ((await ask(question, fallback, terminal)) ?? fallback)
      if (answer === undefined) missing.push(`--${flagOf(question.name)}`)
      else draft[question.name] = checked(question, answer)
    }
  } finally {
    terminal?.close()
  }
  if (missing.length > 0) throw new Misuse(`say ${missing.join(', ')}, or run this on a terminal`)
  return draft as Draft
}

async function ask(
  { ask, example, choices }: Question,
  fallback: string | undefined,
  terminal: ReturnType<typeof createInterface> | undefined,
): Promise<string | undefined> {
  const hint = choices ? choices.join(', ') : `such as ${example}`
  for (;;) {
    if (!terminal) return undefined
    const answer = (await terminal.question(`${ask} (${hint})${fallback ? ` [${fallback}]` : ''}: `)).trim()
    if (answer !== '') return answer
    if (fallback !== undefined) return fallback
  }
}

function checked({ name, choices }: Question, answer: string): string {
  if (choices && !choices.includes(answer)) throw new Misuse(`--${flagOf(name)} is one of ${choices.join(', ')}`)
  return answer
}

export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

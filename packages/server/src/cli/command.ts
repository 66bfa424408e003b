import type { Output } from './output.ts'

/** What a command is: its words, its options, and the module that does the work. */
export type OptionTable = Record<
  string,
  { type: 'boolean' | 'string'; short?: string; summary: string; value?: string; multiple?: true }
>

export interface CommandContext {
  values: Record<string, string | boolean | (string | boolean)[] | undefined>
  positionals: readonly string[]
  output: Output
  version: string
}

export interface Command {
  words: readonly string[]
  summary: string
  /** What stands after the words. */
  usage?: string
  about?: string
  /** Least and most arguments. */
  arguments?: readonly [number, number]
  options?: OptionTable
  examples?: readonly string[]
  load(): Promise<{ run(context: CommandContext): Promise<number | undefined> }>
}

/** The command was typed wrongly: exit 2. */
export class Misuse extends Error {}

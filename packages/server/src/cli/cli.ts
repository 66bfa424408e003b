import { parseArgs } from 'node:util'
import { ConfigError } from '../config/config.ts'
import { Problem } from '../errors.ts'
import { type Command, type CommandContext, Misuse, type OptionTable } from './command.ts'
import { commands } from './commands.ts'
import { createOutput, describeFault, type Output } from './output.ts'

/**
 * The command line: finds the command in one table, reads its options, and turns what it throws into a line and a hint.
 * Exit 0: done; 1: refused or failed; 2: misuse. A command's code is loaded when it runs.
 */
const VERSION = '0.1.0'
const globalOptions = {
  json: { type: 'boolean', summary: 'print JSON for scripts' },
  help: { type: 'boolean', short: 'h', summary: 'show this help' },
} as const satisfies OptionTable

export async function main(argv: readonly string[]): Promise<void> {
  const colour = Boolean(process.stdout.isTTY) && process.stdout.hasColors()
  const output = createOutput(process.stdout, process.stderr, colour)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `cardea … | head` closes the pipe: no fault of ours, nothing to say.
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  process.exitCode = await run(argv, output)
}

export async function run(argv: readonly string[], output: Output): Promise<number> {
  try {
    const [first] = argv
    if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
      const command = find(argv.slice(1))
      output.data(command ? helpOf(command) : overview(output))
      return 0
    }
    if (first === '--version' || first === 'version') {
      output.data(`cardea ${VERSION}`)
      return 0
    }
    const command = find(argv)
    if (!command) throw new Misuse(unknownCommand(argv))
    return await start(command, argv.slice(command.words.length), output)
  } catch (error) {
    return report(error, output)
  }
}

async function start(command: Command, rest: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parse(command, rest)
  if (values.help) {
    output.data(helpOf(command))
    return 0
  }
  const [least, most] = command.arguments ?? [0, 0]
  if (positionals.length < least)
    throw new Misuse(`${command.words.join(' ')} needs ${least === 1 ? 'an argument' : `${least} arguments`}`)
  if (positionals.length > most) throw new Misuse(`there is no place for "${positionals[most]}"`)
  const { run: work } = await command.load()
  const context: CommandContext = { values, positionals, output, version: VERSION }
  return (await work(context)) ?? 0
}

function parse(command: Command, rest: readonly string[]) {
  try {
    return parseArgs({ args: [...rest], options: { ...globalOptions, ...command.options }, allowPositionals: true })
  } catch (error) {
    throw new Misuse(`${(error as Error).message.split('. ')[0]!.replace(/^U/, 'u')}`)
  }
}

function find(argv: readonly string[]): Command | undefined {
  return commands
    .filter(({ words }) => words.every((word, index) => argv[index] === word))
    .sort((a, b) => b.words.length - a.words.length)[0]
}

function unknownCommand(argv: readonly string[]): string {
  const near = commands.filter(({ words }) => words[0] === argv[0]).map(({ words }) => words.slice(1).join(' '))
  return near.length > 0 ? `${argv[0]} what? one of: ${near.join(', ')}` : `there is no command "${argv[0]}"`
}

function report(error: unknown, output: Output): number {
  if (error instanceof Misuse) {
    output.error(error.message, 'cardea help lists every command')
    return 2
  }
  if (error instanceof ConfigError) {
    output.error(error.message)
    for (const mistake of error.mistakes) output.say(`  ${mistake}`)
    return 2
  }
  const { next } = error as { next?: unknown }
  const message = describeFault(error)
  output.error(
    error instanceof Problem ? lowerFirst(message) : message,
    typeof next === 'string' ? lowerFirst(next) : undefined,
  )
  return 1
}

function lowerFirst(sentence: string): string {
  return (/^[A-Z]{2}/.test(sentence) ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1)).replace(
    /\.$/,
    '',
  )
}

function overview(output: Output): string {
  const width = Math.max(...commands.map(({ words }) => words.join(' ').length))
  const list = commands.map(({ words, summary }) => `  ${words.join(' ').padEnd(width)}  ${summary}`).join('\n')
  return `${output.bold('cardea')} keeps the credentials that software needs, and lets it use them without holding them.

usage: cardea <command> [options]

${list}

"cardea help <command>" says more. Settings come from the environment or cardea.config.yaml: see "cardea config".`
}

function helpOf(command: Command): string {
  const options = Object.entries<OptionTable[string]>({ ...command.options, ...globalOptions }).map(
    ([name, option]) => {
      const value = option.type === 'string' ? ` <${option.value ?? 'value'}>` : ''
      const short = option.short ? `-${option.short}, ` : ''
      return [`${short}--${name}${value}`, option.summary] as const
    },
  )
  const width = Math.max(...options.map(([left]) => left.length))
  const listed = options.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
  const examples = command.examples?.map((example) => `  ${example}`).join('\n')
  return `usage: cardea ${command.words.join(' ')}${command.usage ? ` ${command.usage}` : ''} [options]

${command.about ?? `${command.summary}.`}

${listed}${examples ? `\n\nexamples:\n${examples}` : ''}`
}

// Settings and fields as people read about them.
import type { Field, Setting } from '@cardea/catalog'

export function settingList(settings: Readonly<Record<string, Setting>>): string {
  return Object.entries(settings)
    .map(([name, setting]) =>
      entry(name, setting.label, [
        allowedValues(setting),
        setting.hint && sentence(setting.hint),
        setting.optional && 'Optional.',
      ]),
    )
    .join('\n')
}

function entry(name: string, label: string, remarks: readonly unknown[]): string {
  const said = remarks.filter(Boolean).join(' ').trim()
  return `- **${label}** (\`${name}\`)${said ? `: ${/^[A-Z][a-z ]/.test(said) ? said.charAt(0).toLowerCase() + said.slice(1) : said}` : ''}`
}

function allowedValues(setting: Setting): string {
  const standard = 'default' in setting && setting.default !== undefined ? ` Unless told, \`${setting.default}\`.` : ''
  const example = 'example' in setting && setting.example ? ` Such as \`${setting.example}\`.` : ''
  switch (setting.kind) {
    case 'choice': {
      const options = Array.isArray(setting.options)
        ? (setting.options as readonly string[]).map((option) => `\`${option}\``)
        : Object.entries(setting.options as Record<string, Record<string, string>>).map(
            ([option, { label }]) => `\`${option}\`${label ? ` (${label})` : ''}`,
          )
      return `${options.join(', ')}.${standard}`
    }
    case 'text':
      return `${setting.suffix ? `What stands before \`${setting.suffix}\`.` : ''}${example}${standard}`
    case 'host':
      return `A host name.${example}${standard}`
    case 'url':
      return `An https address.${example}${standard}`
    case 'path':
      return `A path.${example}${standard}`
    case 'generated':
      return 'Made by Cardea and shown.'
  }
}

const SHAPES = { line: '', lines: 'Several lines.', json: 'JSON.', pem: 'A private key in PEM.' }

export function fieldList(fields: Readonly<Record<string, Field>>): string {
  return Object.entries(fields)
    .map(([name, { label, hint, example, optional, shape = 'line' }]) =>
      entry(name, label, [
        SHAPES[shape],
        hint && sentence(hint),
        example && `Such as \`${example}\`.`,
        optional && 'Optional.',
      ]),
    )
    .join('\n')
}

export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

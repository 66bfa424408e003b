/** Text that is HTML already, or parts of it. */
export type Html = Markup | Html[]
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A template whose values are escaped unless they are markup themselves. */
export function html(parts: TemplateStringsArray, ...values: (string | Html)[]): Markup {
  return new Markup(parts.map((part, at) => part + (at < values.length ? written(values[at]!) : '')).join(''))
}

function written(value: string | Html): string {
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(written).join('')
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

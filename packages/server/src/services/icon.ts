import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { KnownService } from './known.ts'

/** The drawing of a service: from the catalog for what is built in, letters for what was described elsewhere. Nothing in it runs. */
export async function drawIcon(service: KnownService): Promise<string> {
  if (service.origin !== 'built_in') return drawLetters(service)
  return readFile(fileURLToPath(import.meta.resolve(`@cardea/catalog/icons/${service.id}`)), 'utf8')
}

export function drawLetters({ definition }: Pick<KnownService, 'definition'>): string {
  const { name, icon } = definition
  const [text, colour] = 'letters' in icon ? [icon.letters, icon.colour] : [[...name].slice(0, 2).join(''), '#4b5563']
  const size = [...text].length > 2 ? 8 : 11
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><title>${escapeMarkup(name)}</title><rect width="24" height="24" rx="5" fill="${escapeMarkup(colour)}"/><text x="12" y="12" dy=".36em" text-anchor="middle" font-family="system-ui,sans-serif" font-weight="600" font-size="${size}" fill="#fff">${escapeMarkup(text)}</text></svg>\n`
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

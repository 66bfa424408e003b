/**
 * Draws icons/{id}.svg for every service: from simple-icons where the definition names a slug and the package is installed, as
 * letters otherwise. Drawings that exist are kept unless --all is given. Run: node packages/catalog/scripts/icons.ts
 */
import { existsSync, writeFileSync } from 'node:fs'
import { services } from '../src/index.ts'
import type { Service } from '../src/types.ts'

const all = process.argv.includes('--all')
const simple = await import('simple-icons' as string).catch(() => undefined)

for (const [id, service] of Object.entries(services) as [string, Service][]) {
  const file = new URL(`../icons/${id}.svg`, import.meta.url)
  if (existsSync(file) && !all) continue
  writeFileSync(file, draw(service))
}

function draw({ name, icon }: Service): string {
  if (!('slug' in icon)) return letters(name, icon.letters, icon.colour)
  const drawing = simple?.[`si${icon.slug[0]!.toUpperCase()}${icon.slug.slice(1)}`] as
    | { path: string; hex: string }
    | undefined
  if (!drawing) {
    console.error(`${name}: simple-icons has no ${icon.slug}, or is not installed: drawn as letters`)
    return letters(name, name.slice(0, 2), '#4b5563')
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="#${drawing.hex}"><title>${escapeMarkup(name)}</title><path d="${drawing.path}"/></svg>\n`
}

function letters(name: string, text: string, colour: string): string {
  const size = text.length > 2 ? 8 : 11
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><title>${escapeMarkup(name)}</title><rect width="24" height="24" rx="5" fill="${colour}"/><text x="12" y="12" dy=".36em" text-anchor="middle" font-family="system-ui,sans-serif" font-weight="600" font-size="${size}" fill="#fff">${escapeMarkup(text)}</text></svg>\n`
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

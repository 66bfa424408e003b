import { randomBytes } from 'node:crypto'

/** The two people of the sandbox, and what is theirs. */
export interface Person {
  id: string
  name: string
  email: string
  team: string
  apiKey: string
  notes: Note[]
}
export interface Note {
  id: string
  text: string
  writtenAt: string
}

export type People = readonly Person[]

const MOST_NOTES = 200

export function makeUpPeople(): People {
  const person = (name: string, first: string): Person => ({
    id: `person_${name.toLowerCase()}`,
    name: `${name} Example`,
    email: `${name.toLowerCase()}@sandbox.example`,
    team: 'Sandbox',
    apiKey: `sbx_${randomBytes(24).toString('base64url')}`,
    notes: [{ id: 'note_1', text: first, writtenAt: '2026-01-01T09:00:00.000Z' }],
  })
  return [
    person('Ada', 'The engine weaves algebraical patterns.'),
    person('Grace', 'Found a moth in relay 70, panel F.'),
  ]
}

export function addNote({ notes }: Person, text: string, at: number): Note {
  const note = { id: `note_${randomBytes(6).toString('hex')}`, text, writtenAt: new Date(at).toISOString() }
  notes.push(note)
  if (notes.length > MOST_NOTES) notes.shift()
  return note
}

import { Problem } from '../errors.ts'

export interface Wellness {
  ok: boolean
  sentence: string
}

/** Asks a part of the server how it is. Only a problem's own sentence is passed on: this is shown to anybody. */
export async function isWell(part: { check(): Promise<void> }): Promise<Wellness> {
  try {
    await part.check()
    return { ok: true, sentence: 'It answers.' }
  } catch (error) {
    return { ok: false, sentence: error instanceof Problem ? error.title : 'It does not answer as it should.' }
  }
}
